package dockerrunner

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestClock_that_was_set_back_lengthens_no_lease(t *testing.T) {
	dir := t.TempDir()
	later := time.Now().Add(24 * time.Hour).Format(time.RFC3339)
	text := fmt.Sprintf(`{"v":1,"instance":"i","used":{"c":%q}}`, later)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "leases.json"), []byte(text), 0o600))
	l, err := openLeases(dir, time.Minute)
	require.NoError(t, err)
	due, known := l.due(listed{ID: "c", Labels: map[string]string{ttlLabel: "60"}})
	assert.True(t, known)
	assert.LessOrEqual(t, time.Until(due), time.Minute)
}

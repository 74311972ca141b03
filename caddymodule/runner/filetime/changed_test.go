//go:build linux || darwin

package filetime

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestClock_a_time_that_is_set_back_hides_no_write(t *testing.T) {
	for _, at := range []time.Time{unix0, far} {
		name := filepath.Join(t.TempDir(), "a")
		write := func(text string) os.FileInfo {
			require.NoError(t, os.WriteFile(name, []byte(text), 0o600))
			require.NoError(t, os.Chtimes(name, at, at))
			info, err := os.Stat(name)
			require.NoError(t, err)
			return info
		}
		before := write("one")
		again, err := os.Stat(name)
		require.NoError(t, err)
		assert.True(t, Same(before, again), "nobody wrote")
		assert.Eventually(t, func() bool { return !Same(before, write("two")) }, 10*time.Second, time.Millisecond, "as soon as the system's clock ticks")
	}
}

//go:build unix

package watch

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestDigest_notices_a_save_while_no_file_can_be_opened(t *testing.T) {
	name := filepath.Join(t.TempDir(), "a.ts")
	require.NoError(t, os.WriteFile(name, []byte("one"), 0o600))
	before, err := readFile(name)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(name, []byte("three"), 0o600))

	var limit syscall.Rlimit
	require.NoError(t, syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit))
	none := limit
	none.Cur = 0
	require.NoError(t, syscall.Setrlimit(syscall.RLIMIT_NOFILE, &none))
	_, refused := os.Open(name)
	after, err := readFile(name)
	require.NoError(t, syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit))

	require.ErrorIs(t, refused, syscall.EMFILE)
	require.NoError(t, err)
	assert.NotEqual(t, before.digest, after.digest)
}

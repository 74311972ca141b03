//go:build unix

package watch

import (
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestWatcher_does_not_open_a_pipe(t *testing.T) {
	modes(t, func(t *testing.T, o Options) {
		f := watchTree(t, o, map[string]string{"a": "1"})
		require.NoError(t, syscall.Mkfifo(f.path("pipe"), 0o644))
		f.remove("a")
		require.NoError(t, syscall.Mkfifo(f.path("a"), 0o644))
		f.expect(map[string]Kind{"a": Removed})
	})
}

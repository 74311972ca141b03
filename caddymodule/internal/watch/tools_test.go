package watch

import (
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func (f *folder) open(name string, flags int) *os.File {
	f.t.Helper()
	out, err := os.OpenFile(f.path(name), flags, 0o644)
	require.NoError(f.t, err)
	return out
}

func (f *folder) put(out *os.File, content string) {
	f.t.Helper()
	_, err := out.WriteString(content)
	require.NoError(f.t, err)
}

func (f *folder) modified(name string) time.Time {
	f.t.Helper()
	info, err := os.Stat(f.path(name))
	require.NoError(f.t, err)
	return info.ModTime()
}

func run(t testing.TB, dir, name string, args ...string) {
	t.Helper()
	c := exec.CommandContext(t.Context(), name, args...)
	c.Dir = dir
	out, err := c.CombinedOutput()
	require.NoError(t, err, "%s", out)
}

package build

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// folder makes an extension's folder with files by name.
func folder(t testing.TB, files map[string]string) string {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	require.NoError(t, err)
	for name, text := range files {
		write(t, dir, name, text)
	}
	return dir
}

func write(t testing.TB, dir, name, text string) {
	t.Helper()
	file := filepath.Join(dir, filepath.FromSlash(name))
	require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o755))
	require.NoError(t, os.WriteFile(file, []byte(text), 0o644))
}

// hello gives a copy of the example extension with its packages, which the
// test needs installed.
func hello(t testing.TB) string {
	t.Helper()
	example, err := filepath.Abs("../../../examples/hello")
	require.NoError(t, err)
	modules := filepath.Join(example, "node_modules")
	if _, err := os.Stat(modules); err != nil {
		skip(t, "the packages of examples/hello are not installed")
	}
	if _, err := exec.LookPath("npm"); err != nil {
		skip(t, "npm is not installed")
	}
	dir := folder(t, nil)
	for _, part := range []string{"src", "ui", "wit"} {
		require.NoError(t, os.CopyFS(filepath.Join(dir, part), os.DirFS(filepath.Join(example, part))))
	}
	for _, part := range []string{"package.json", "package-lock.json", "tsconfig.json", "manifest.json"} {
		text, err := os.ReadFile(filepath.Join(example, part))
		require.NoError(t, err)
		write(t, dir, part, string(text))
	}
	require.NoError(t, os.Symlink(modules, filepath.Join(dir, "node_modules")))
	return dir
}

// skip leaves a test out on a developer's machine; where everything must be
// there it fails.
func skip(t testing.TB, reason string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatal(reason)
	}
	t.Skip(reason)
}

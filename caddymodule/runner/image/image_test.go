package image

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// module writes a Go module with the package that Check wants, and builds it.
func module(t *testing.T, path, pkg string, env ...string) (string, error) {
	t.Helper()
	root := t.TempDir()
	require.NoError(t, os.MkdirAll(filepath.Join(root, pkg), 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(root, "go.mod"), []byte("module "+path+"\n\ngo 1.26\n"), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(root, pkg, "main.go"), []byte("package main\n\nfunc main() {}\n"), 0o600))
	output := filepath.Join(t.TempDir(), "program")
	compile := exec.Command("go", "build", "-C", root, "-buildvcs=false", "-o", output, "./"+pkg)
	compile.Env = append(append(os.Environ(), "GOFLAGS=", "CGO_ENABLED=0", "GOOS=linux"), env...)
	said, err := compile.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%w: %s", err, said)
	}
	return output, nil
}

func TestCheck_takes_static_devproxy_for_the_engines_architecture_only(t *testing.T) {
	const ours = "github.com/same-origin/devproxy"
	good, err := module(t, ours, "devproxy")
	require.NoError(t, err)
	foreign, err := module(t, "example.com/caddy", "caddy")
	require.NoError(t, err)
	mac, err := module(t, ours, "devproxy", "GOOS=darwin")
	require.NoError(t, err)
	other := map[string]string{"amd64": "arm64", "arm64": "amd64"}[runtime.GOARCH]
	require.NoError(t, Check(good, runtime.GOARCH))
	for name, c := range map[string]struct{ path, arch, says string }{
		"another program":      {foreign, runtime.GOARCH, "is example.com/caddy/caddy, not devproxy"},
		"another system":       {mac, runtime.GOARCH, "is no Linux program"},
		"another architecture": {good, other, "the engine runs " + other},
		"an unknown one":       {good, "sparc", "no image for sparc"},
		"no program":           {"image.go", runtime.GOARCH, "is no Go program"},
	} {
		t.Run(name, func(t *testing.T) { assert.ErrorContains(t, Check(c.path, c.arch), c.says) })
	}
}

func TestCheck_refuses_what_is_linked_dynamically(t *testing.T) {
	dynamic, err := module(t, "github.com/same-origin/devproxy", "devproxy", "CGO_ENABLED=1", "GOFLAGS=-buildmode=pie -ldflags=-linkmode=external")
	if err != nil {
		unavailable(t, "linking dynamically needs a C compiler: "+err.Error())
	}
	assert.ErrorContains(t, Check(dynamic, runtime.GOARCH), "linked dynamically")
}

func TestBinary_without_a_checkout_says_what_stands_in_the_way_and_what_helps(t *testing.T) {
	_, err := Binary(t.Context(), Options{Dir: t.TempDir(), CacheDir: t.TempDir()})
	var none *NoBinaryError
	require.ErrorAs(t, err, &none)
	assert.ErrorContains(t, err, "image.test, not devproxy")
	assert.ErrorContains(t, err, "this is no checkout of devproxy")
	assert.Contains(t, none.Fix(), "CGO_ENABLED=0")
}

func TestBinary_builds_from_the_checkout_above_and_shows_what_the_toolchain_says(t *testing.T) {
	root := t.TempDir()
	below := filepath.Join(root, "devproxy", "deep")
	require.NoError(t, os.MkdirAll(below, 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(root, "go.mod"), []byte("module github.com/same-origin/devproxy\n\ngo 1.26\n"), 0o600))
	source := filepath.Join(root, "devproxy", "main.go")
	require.NoError(t, os.WriteFile(source, []byte("package main\n\nfunc main() { broken }\n"), 0o600))
	o := Options{Dir: below, CacheDir: t.TempDir()}
	_, err := Binary(t.Context(), o)
	var none *NoBinaryError
	require.ErrorAs(t, err, &none)
	assert.ErrorContains(t, err, "undefined: broken")
	assert.Contains(t, none.Fix(), "toolchain")

	require.NoError(t, os.WriteFile(source, []byte("package main\n\nfunc main() {}\n"), 0o600))
	path, err := Binary(t.Context(), o)
	require.NoError(t, err)
	assert.NoError(t, Check(path, runtime.GOARCH))
}

func TestPlace_writes_only_what_changed(t *testing.T) {
	dir, source := filepath.Join(t.TempDir(), "new"), filepath.Join(t.TempDir(), "binary")
	require.NoError(t, os.WriteFile(source, []byte("one"), 0o600))
	require.NoError(t, Place(source, dir))
	placed := filepath.Join(dir, "devproxy")
	first, err := os.Stat(placed)
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o755), first.Mode())
	require.NoError(t, Place(source, dir))
	again, err := os.Stat(placed)
	require.NoError(t, err)
	assert.True(t, os.SameFile(first, again), "the same file was written anew")

	require.NoError(t, os.WriteFile(source, []byte("two"), 0o600))
	require.NoError(t, Place(source, dir))
	content, err := os.ReadFile(placed)
	require.NoError(t, err)
	assert.Equal(t, "two", string(content))
	assert.ErrorContains(t, Place(filepath.Join(dir, "nothing"), dir), "placing the image's binary")
}

func unavailable(t *testing.T, reason string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatalf("CI=true allows no skip, but %s", reason)
	}
	t.Skip(reason)
}

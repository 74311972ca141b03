// Package guesttest gives tests real components: JavaScript handlers built
// with jco. Tests of the guest engine, of the runner and of the gateway call
// it; it calls npm and node once per change of the sources and keeps the
// result in the user's cache directory.
package guesttest

import (
	"os"
	"path/filepath"
	"sync"
	"testing"
)

// Component returns the bytes of a test component by name: limits, hosts,
// older, newer, shapes, bare or wasi (what each does is said in
// testdata/components). The first call on a machine builds them, which takes
// about ten seconds each and needs Node and npm; without those the test is
// skipped, and under CI=true it fails.
func Component(t testing.TB, name string) []byte {
	t.Helper()
	dir := componentsDir(t)
	bytes, err := os.ReadFile(filepath.Join(dir, name+".wasm"))
	if err != nil {
		t.Fatalf("reading test component %s: %v", name, err)
	}
	return bytes
}

// CacheDir returns a directory for compiled code that outlives the test run
// and belongs to the current test components, so that only the first run on a
// machine pays for compiling them.
func CacheDir(t testing.TB) string {
	t.Helper()
	return filepath.Join(componentsDir(t), "compiled")
}

func componentsDir(t testing.TB) string {
	t.Helper()
	built, err := buildOnce()
	if err != nil {
		unavailable(t, err)
	}
	return built
}

// buildOnce spares each test of a process the hashing of the sources.
var buildOnce = sync.OnceValues(ensureBuilt)

func unavailable(t testing.TB, err error) {
	t.Helper()
	if isMissingTool(err) && os.Getenv("CI") != "true" {
		t.Skipf("test components are not built: %v", err)
	}
	t.Fatalf("test components are not built: %v", err)
}

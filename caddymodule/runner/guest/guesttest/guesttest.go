// Package guesttest gives tests real components, which are JavaScript handlers
// built with jco, and the toolchains that run such handlers from source. Tests of the guest engine, of the runner and of the gateway call
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

// Extension returns a folder that looks like an extension's to what runs
// handlers from source: componentize-js of that version in node_modules, and
// the full interface in wit. Its spliced.json holds the digests of what that
// componentize-js makes of both in Node. It must not be changed.
func Extension(t testing.TB, version string) string {
	t.Helper()
	built, err := toolchains()
	if err != nil {
		unavailable(t, err)
	}
	return filepath.Join(built, version)
}

// Handler returns the source that the component of that name is built from.
func Handler(t testing.TB, name string) []byte {
	t.Helper()
	from, err := findSources("components")
	if err != nil {
		t.Fatal(err)
	}
	source, err := os.ReadFile(filepath.Join(from.dir, "src", name+".js"))
	if err != nil {
		t.Fatalf("reading the source of test component %s: %v", name, err)
	}
	return source
}

func componentsDir(t testing.TB) string {
	t.Helper()
	built, err := components()
	if err != nil {
		unavailable(t, err)
	}
	return built
}

// Each spares the tests of a process the hashing of the sources.
var (
	components = sync.OnceValues(func() (string, error) { return ensureBuilt("components") })
	toolchains = sync.OnceValues(func() (string, error) { return ensureBuilt("toolchains") })
)

func unavailable(t testing.TB, err error) {
	t.Helper()
	if isMissingTool(err) && os.Getenv("CI") != "true" {
		t.Skipf("what this test needs is not built: %v", err)
	}
	t.Fatalf("what this test needs is not built: %v", err)
}

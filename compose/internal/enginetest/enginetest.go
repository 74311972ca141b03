// Package enginetest gives the tests of compose/ a real engine and an image to
// run: a small static service built from testdata. Only tests import it.
package enginetest

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/compose/docker"
)

// Timeout bounds what a test waits for on a busy machine.
const Timeout = 60 * time.Second

// Engine connects to the engine of this machine. Without one the test is skipped,
// and under CI=true fails.
func Engine(t testing.TB) *docker.Engine {
	t.Helper()
	engine, err := docker.Connect(t.Context(), docker.Options{})
	if err != nil {
		missing(t, "needs a container engine:", err)
	}
	t.Cleanup(func() { _ = engine.Close() })
	return engine
}

// missing skips a test for want of something, and under CI=true fails it.
func missing(t testing.TB, what ...any) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatal(what...)
	}
	t.Skip(what...)
}

// Context ends with the test, or after Timeout.
func Context(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), Timeout)
	t.Cleanup(cancel)
	return ctx
}

// Project is a project name that no other test uses.
func Project() string { return "devproxytest-" + uuid.NewString()[:8] }

// Image makes an image of the test service, removed with the test, and returns its
// name.
func Image(t testing.TB, engine *docker.Engine) string {
	t.Helper()
	name := Project() + ":test"
	files := map[string]docker.File{"/app": {Content: Binary(t), Mode: 0o755}}
	_, err := engine.BuildFromBinary(Context(t), name, files, docker.Config{
		Entrypoint: []string{"/app"}, ExposedPorts: []uint16{8080},
	})
	require.NoError(t, err)
	Afterwards(t, func(ctx context.Context) error { return engine.RemoveImage(ctx, name) })
	return name
}

// Afterwards runs a cleanup whose context outlives the test's.
func Afterwards(t testing.TB, clean func(context.Context) error) {
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), Timeout)
		defer cancel()
		require.NoError(t, clean(ctx))
	})
}

// Binary is the static test service, built once per test process.
func Binary(t testing.TB) []byte {
	t.Helper()
	content, err := built()
	require.NoError(t, err)
	return content
}

var built = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "enginetest")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	_, self, _, _ := runtime.Caller(0)
	app := filepath.Join(dir, "app")
	build := exec.Command("go", "build", "-ldflags=-s -w", "-o", app, "./testdata/runner")
	build.Dir = filepath.Dir(self)
	build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux")
	if output, err := build.CombinedOutput(); err != nil {
		return nil, &exec.Error{Name: strings.TrimSpace(string(output)), Err: err}
	}
	return os.ReadFile(app)
})

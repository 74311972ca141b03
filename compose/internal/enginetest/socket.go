package enginetest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/compose/docker"
)

// engineSocket is the unix socket of the engine of this machine.
func engineSocket(t testing.TB) string {
	t.Helper()
	endpoint := Engine(t).Endpoint()
	socket, ok := strings.CutPrefix(endpoint, "unix://")
	if !ok {
		missing(t, "needs an engine on a unix socket, not at", endpoint)
	}
	return socket
}

// freeSocket is where a test can listen; a socket's path may not be longer than a
// hundred bytes.
func freeSocket(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "dp") //nolint:usetesting // t.TempDir names the test, which is too long for a socket
	require.NoError(t, err)
	t.Cleanup(func() { os.RemoveAll(dir) })
	return filepath.Join(dir, "s")
}

// engineAt is the engine that answers on a unix socket.
func engineAt(t testing.TB, socket string) *docker.Engine {
	t.Helper()
	engine, err := docker.Connect(Context(t), docker.Options{Environ: []string{"DOCKER_HOST=unix://" + socket}})
	require.NoError(t, err)
	t.Cleanup(func() { _ = engine.Close() })
	return engine
}

package enginetest

import (
	"net"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/compose/docker"
)

// byName is a name of this machine that is not known to be one: to devproxy an
// engine behind it is on another.
const byName = "ip6-localhost"

// Elsewhere is the engine of this machine as one that seems to be on another,
// and that machine's name.
func Elsewhere(t testing.TB) (*docker.Engine, string) {
	t.Helper()
	target, ok := strings.CutPrefix(Engine(t).Endpoint(), "unix://")
	listener, err := net.Listen("tcp6", "[::1]:0")
	if found, resolved := net.LookupHost(byName); !ok || err != nil || resolved != nil || found[0] != "::1" {
		if os.Getenv("CI") == "true" {
			t.Fatal("needs an engine on a unix socket, and " + byName)
		}
		t.Skip("needs an engine on a unix socket, and " + byName)
	}
	var running sync.WaitGroup
	running.Go(func() { forwardAll(listener, target, &running) })
	t.Cleanup(func() {
		listener.Close()
		running.Wait()
	})
	_, port, err := net.SplitHostPort(listener.Addr().String())
	require.NoError(t, err)
	engine, err := docker.Connect(t.Context(), docker.Options{Environ: []string{"DOCKER_HOST=tcp://" + byName + ":" + port}})
	require.NoError(t, err)
	t.Cleanup(func() { _ = engine.Close() })
	return engine, byName
}

// forwardAll passes connections on until the listener is closed.
func forwardAll(listener net.Listener, target string, running *sync.WaitGroup) {
	for {
		near, err := listener.Accept()
		if err != nil {
			return
		}
		running.Go(func() {
			defer near.Close()
			far, err := net.Dial("unix", target)
			if err != nil {
				return
			}
			defer far.Close()
			var both sync.WaitGroup
			both.Go(func() { pipe(near, far) })
			both.Go(func() { pipe(far, near) })
			both.Wait()
		})
	}
}

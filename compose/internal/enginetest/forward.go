package enginetest

import (
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/compose/docker"
)

// Elsewhere is the engine of this machine as one that seems to be on another,
// and that machine's address: the bridge's, which nobody beyond this machine
// and its containers reaches, and which is no loopback address.
func Elsewhere(t testing.TB) (*docker.Engine, string) {
	t.Helper()
	near := Engine(t)
	target, ok := strings.CutPrefix(near.Endpoint(), "unix://")
	host, err := near.HostGateway(t.Context())
	require.NoError(t, err)
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", netip.AddrPortFrom(host, 0).String())
	if !ok || err != nil {
		missing(t, "needs an engine on a unix socket, whose bridge is this machine's")
	}
	var running sync.WaitGroup
	running.Go(func() { forwardAll(listener, target, &running) })
	t.Cleanup(func() {
		listener.Close()
		running.Wait()
	})
	_, port, err := net.SplitHostPort(listener.Addr().String())
	require.NoError(t, err)
	engine, err := docker.Connect(t.Context(), docker.Options{Environ: []string{"DOCKER_HOST=tcp://" + host.String() + ":" + port}})
	require.NoError(t, err)
	t.Cleanup(func() { _ = engine.Close() })
	return engine, host.String()
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

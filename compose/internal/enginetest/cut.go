package enginetest

import (
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/compose/docker"
)

// Line is a way to the real engine that can be cut and mended: what an engine
// looks like that goes away and comes back, without taking everyone else's.
type Line struct {
	t        testing.TB
	target   string
	socket   string
	mu       sync.Mutex
	listener net.Listener
	open     map[net.Conn]bool
	running  sync.WaitGroup
}

// NewLine connects to the engine over a line of its own.
func NewLine(t testing.TB) (*Line, *docker.Engine) {
	t.Helper()
	endpoint := Engine(t).Endpoint()
	target, ok := strings.CutPrefix(endpoint, "unix://")
	if !ok {
		missing(t, "needs an engine on a unix socket, not at", endpoint)
	}
	// Not t.TempDir: a socket's path may not be longer than a hundred bytes.
	dir, err := os.MkdirTemp("", "line") //nolint:usetesting // t.TempDir names the test, which is too long for a socket
	require.NoError(t, err)
	l := &Line{t: t, target: target, socket: filepath.Join(dir, "s"), open: map[net.Conn]bool{}}
	l.Mend()
	t.Cleanup(func() {
		if l.listener != nil {
			l.Cut()
		}
		os.RemoveAll(dir)
	})
	engine, err := docker.Connect(t.Context(), docker.Options{Environ: []string{"DOCKER_HOST=unix://" + l.socket}})
	require.NoError(t, err)
	t.Cleanup(func() { _ = engine.Close() })
	return l, engine
}

// Mend lets connections through again.
func (l *Line) Mend() {
	listener, err := net.Listen("unix", l.socket)
	require.NoError(l.t, err)
	l.mu.Lock()
	l.listener = listener
	l.mu.Unlock()
	l.running.Go(func() { l.accept(listener) })
}

// Cut ends all connections and refuses new ones.
func (l *Line) Cut() {
	l.mu.Lock()
	_ = l.listener.Close()
	l.listener = nil
	for conn := range l.open {
		_ = conn.Close()
	}
	l.mu.Unlock()
	l.running.Wait()
}

func (l *Line) accept(listener net.Listener) {
	for {
		conn, err := listener.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err == nil {
			l.running.Go(func() { l.forward(listener, conn) })
		}
	}
}

func (l *Line) forward(listener net.Listener, near net.Conn) {
	far, err := net.Dial("unix", l.target)
	if err != nil {
		_ = near.Close()
		return
	}
	if !l.hold(listener, near, far) {
		return
	}
	defer l.release(near, far)
	var both sync.WaitGroup
	both.Go(func() { pipe(near, far) })
	both.Go(func() { pipe(far, near) })
	both.Wait()
}

// hold remembers the two ends, unless the line was cut meanwhile.
func (l *Line) hold(listener net.Listener, ends ...net.Conn) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	held := l.listener == listener
	for _, end := range ends {
		if held {
			l.open[end] = true
		} else {
			_ = end.Close()
		}
	}
	return held
}

func (l *Line) release(ends ...net.Conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, end := range ends {
		_ = end.Close()
		delete(l.open, end)
	}
}

// pipe copies one way and passes the end on: hijacked streams are half-closed.
func pipe(to, from net.Conn) {
	_, _ = io.Copy(to, from)
	if half, ok := to.(interface{ CloseWrite() error }); ok {
		_ = half.CloseWrite()
	}
}

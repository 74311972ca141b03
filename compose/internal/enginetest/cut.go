package enginetest

import (
	"errors"
	"io"
	"net"
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
	l := &Line{t: t, target: engineSocket(t), socket: freeSocket(t), open: map[net.Conn]bool{}}
	l.Mend()
	t.Cleanup(func() {
		if l.listener != nil {
			l.Cut()
		}
	})
	return l, engineAt(t, l.socket)
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

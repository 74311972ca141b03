package main

import (
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// line is a way to an engine that can be cut and mended: what an engine looks
// like that stops and starts, without taking everyone else's.
type line struct {
	t      *testing.T
	target string
	socket string

	mu       sync.Mutex
	listener *net.UnixListener
	open     map[net.Conn]bool
	running  sync.WaitGroup
	flow     sync.RWMutex // held while nothing is to be carried
}

// hang keeps all that is said, both ways, until flow is unlocked.
func (l *line) hang() { l.flow.Lock() }

// carried is one end of a connection over the line.
type carried struct {
	net.Conn
	line *line
}

func (c carried) Write(p []byte) (int, error) {
	c.line.flow.RLock()
	defer c.line.flow.RUnlock()
	return c.Conn.Write(p)
}

func newLine(t *testing.T) *line {
	t.Helper()
	target, ok := strings.CutPrefix(dockerEngine(t).Endpoint(), "unix://")
	if !ok {
		unavailable(t, "the container engine is not on a unix socket")
	}
	return newLineTo(t, target)
}

// newLineTo leads to the engine at a socket.
func newLineTo(t *testing.T, target string) *line {
	t.Helper()
	l := &line{t: t, target: target, socket: filepath.Join(shortFolder(t), "engine.sock"), open: map[net.Conn]bool{}}
	l.mend()
	t.Cleanup(l.cut)
	return l
}

func (l *line) mend() {
	_ = os.Remove(l.socket) // of one that died
	listener, err := net.ListenUnix("unix", &net.UnixAddr{Name: l.socket, Net: "unix"})
	require.NoError(l.t, err)
	l.mu.Lock()
	l.listener = listener
	l.mu.Unlock()
	l.running.Go(func() {
		for {
			near, err := listener.Accept()
			if err != nil {
				return
			}
			l.running.Go(func() { l.carry(listener, near) })
		}
	})
}

func (l *line) carry(listener *net.UnixListener, near net.Conn) {
	far, err := net.Dial("unix", l.target)
	if err != nil {
		near.Close()
		return
	}
	l.mu.Lock()
	held := l.listener == listener
	if held {
		l.open[near], l.open[far] = true, true
	}
	l.mu.Unlock()
	if !held { // the line was cut meanwhile
		near.Close()
		far.Close()
		return
	}
	var both sync.WaitGroup
	for _, pair := range [][2]net.Conn{{near, far}, {far, near}} {
		both.Go(func() {
			_, _ = io.Copy(carried{pair[0], l}, pair[1])
			if half, ok := pair[0].(*net.UnixConn); ok {
				_ = half.CloseWrite()
			}
		})
	}
	both.Wait()
	near.Close()
	far.Close()
}

// cut looks like an engine that has ended in order: its socket is gone.
func (l *line) cut() { l.end(true) }

// die looks like one that was killed: its socket is there, and nobody at it.
func (l *line) die() { l.end(false) }

func (l *line) end(remove bool) {
	l.mu.Lock()
	if l.listener != nil {
		l.listener.SetUnlinkOnClose(remove)
		l.listener.Close()
		l.listener = nil
	}
	for conn := range l.open {
		conn.Close()
	}
	clear(l.open)
	l.mu.Unlock()
	l.running.Wait()
}

func TestDocker_an_engine_that_goes_away_and_returns_costs_no_request(t *testing.T) {
	l := newLine(t)
	p := newComposeProject(t, "")
	cmd := exec.Command(binary(t), "up", "--port", "0")
	cmd.Dir, cmd.Env = p.dir, []string{"DOCKER_HOST=unix://" + l.socket}
	s := startWithin(t, startLimit, cmd)
	awaitBuild(t, s, "first")

	l.cut()
	for range 20 {
		code, _ := fetch(t, s.url+"/runner/x")
		assert.Equal(t, 200, code, "the container is there, whatever its engine does")
	}
	assert.Error(t, restart(t, s, false), "nothing can be started now")
	code, _ := fetch(t, s.url+"/health")
	assert.Equal(t, 200, code)

	l.mend()
	require.Eventually(t, func() bool { return restart(t, s, false) == nil }, time.Minute, 100*time.Millisecond, "%s", s.output)
	awaitBuild(t, s, "first")
	_, err := s.interrupt(t)
	assert.NoError(t, err)
	assert.Empty(t, p.containers())
}

func TestDocker_an_engine_that_is_away_at_the_end_is_no_reason_to_hang(t *testing.T) {
	l := newLine(t)
	p := newComposeProject(t, "")
	cmd := exec.Command(binary(t), "up", "--port", "0")
	cmd.Dir, cmd.Env = p.dir, []string{"DOCKER_HOST=unix://" + l.socket}
	s := startWithin(t, startLimit, cmd)
	awaitBuild(t, s, "first")
	l.cut()
	took, _ := s.interrupt(t)
	assert.Less(t, took, 10*time.Second)
	assert.NotEmpty(t, p.containers(), "nobody could stop it")
	l.mend()

	// the next one takes over, and ends it
	again := exec.Command(binary(t), "up", "--port", strings.Split(s.address(t), ":")[1])
	again.Dir, again.Env = p.dir, s.cmd.Env
	require.NoError(t, again.Start())
	awaitBuild(t, s, "first")
	require.NoError(t, again.Process.Signal(os.Interrupt))
	require.NoError(t, again.Wait())
	assert.Empty(t, p.containers())
}

package dockerrunner_test

import (
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"encoding/json"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/caddymodule/internal/dockerrunner"
	"github.com/same-origin/devproxy/compose/runnerclient"
)

// line is a way to the real engine that can be cut and mended.
type line struct {
	t              testing.TB
	target, socket string
	mu             sync.Mutex
	listener       net.Listener
	open           []net.Conn
	running        sync.WaitGroup
}

func newLine(t testing.TB) *line {
	t.Helper()
	host := engine(t).DaemonHost()
	target, ok := strings.CutPrefix(host, "unix://")
	if !ok {
		missing(t, "needs an engine on a unix socket, not at", host)
	}
	dir, err := os.MkdirTemp("", "line") //nolint:usetesting // t.TempDir names the test, which is too long for a socket
	require.NoError(t, err)
	l := &line{t: t, target: target, socket: filepath.Join(dir, "s")}
	l.mend()
	t.Cleanup(func() {
		l.cut()
		os.RemoveAll(dir)
	})
	return l
}

func (l *line) mend() {
	listener, err := net.Listen("unix", l.socket)
	require.NoError(l.t, err)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.listener = listener
	l.running.Go(func() {
		for {
			near, err := listener.Accept()
			if err != nil {
				return
			}
			l.forward(near)
		}
	})
}

func (l *line) forward(near net.Conn) {
	far, err := net.Dial("unix", l.target)
	if err != nil {
		near.Close()
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.open = append(l.open, near, far)
	for _, way := range [][2]net.Conn{{near, far}, {far, near}} {
		l.running.Go(func() {
			_, _ = io.Copy(way[0], way[1])
			_ = way[0].(*net.UnixConn).CloseWrite()
		})
	}
}

func (l *line) cut() {
	l.mu.Lock()
	_ = l.listener.Close()
	for _, conn := range l.open {
		_ = conn.Close()
	}
	l.open = nil
	l.mu.Unlock()
	l.running.Wait()
}

func TestEngine_that_goes_away_ends_everything_with_an_error_and_is_found_again(t *testing.T) {
	l := newLine(t)
	r := newRig(t, func(s *dockerrunner.Settings) { s.Environ = []string{"DOCKER_HOST=unix://" + l.socket} })
	id := r.start(func(o *runnerclient.StartOptions) { o.Cmd = []string{"sh", "-c", "echo up; exec sleep 1000"} })

	var ready, ended sync.WaitGroup
	ready.Add(3)
	results := make(map[string]error)
	var mu sync.Mutex
	note := func(name string, run func() error) {
		ended.Go(func() {
			err := run()
			mu.Lock()
			defer mu.Unlock()
			results[name] = err
		})
	}
	var once, onceEvents sync.Once
	note("logs", func() error {
		return r.client.Logs(r.ctx, id, runnerclient.LogQuery{}, func([]byte) error { once.Do(ready.Done); return nil })
	})
	note("events", func() error {
		query := runnerclient.EventQuery{Since: float64(time.Now().Add(-time.Minute).Unix())}
		return r.client.Events(r.ctx, query, func(json.RawMessage) error { onceEvents.Do(ready.Done); return nil })
	})
	note("interactive", func() error {
		session, err := r.client.Interactive(r.ctx, id, runnerclient.InteractiveSpec{Args: []string{"cat"}})
		ready.Done()
		require.NoError(t, err)
		_, err = session.Wait(io.Discard, io.Discard)
		return err
	})
	note("exec", func() error {
		_, err := r.client.Exec(r.ctx, id, runnerclient.ExecSpec{Shell: "sleep 1000"})
		return err
	})
	ready.Wait()
	require.Eventually(t, func() bool {
		top, err := r.engine.ContainerTop(r.ctx, id, nil)
		return err == nil && len(top.Processes) >= 3
	}, timeout, 20*time.Millisecond, "the commands run")
	l.cut()
	ended.Wait()
	for _, name := range []string{"logs", "events", "interactive", "exec"} {
		var failed *runnerclient.RequestError
		require.ErrorAs(t, results[name], &failed, name)
	}
	var failed *runnerclient.RequestError
	require.ErrorAs(t, results["exec"], &failed)
	assert.Equal(t, 500, failed.Status)
	assert.Equal(t, "exec_failed", failed.Code)
	assert.Equal(t, refusal{503, "docker_unavailable", true}, r.refused(request{method: "GET", target: "/v1/ready"}))
	assert.Equal(t, refusal{404, "inspect_failed", true}, r.refused(request{method: "GET", target: "/v1/containers/inspect?containerId=" + id}))
	assert.Equal(t, refusal{500, "stop_failed", true}, r.refused(request{method: "POST", target: "/v1/containers/stop", body: `{"containerId":"` + id + `"}`}))

	l.mend()
	require.NoError(t, r.client.Ready(r.ctx))
	_, err := r.client.Inspect(r.ctx, id)
	assert.NoError(t, err)
}

package main

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestCompose_commands_after_the_end_say_that_there_is_nothing(t *testing.T) {
	s, name := upInContainer(t)
	_, err := s.interrupt(t)
	require.NoError(t, err)
	for _, args := range [][]string{{"ps"}, {"logs"}, {"logs", "extension-runner"}} {
		stdout, stderr := s.says(t, args...)
		assert.Empty(t, stdout)
		assert.Equal(t, "devproxy: project "+name+" has no container; 'devproxy up --backend docker' makes one\n", stderr)
	}
	stdout, _ := s.says(t, "ps", "--json")
	assert.JSONEq(t, `{"v":1,"type":"ps","project":"`+name+`","containers":[]}`, stdout)
	out := s.fails(t, exitFailure, "exec", "extension-runner", "--", "/devproxy", "version")
	assert.Contains(t, out, "not_running: no container of service extension-runner in project "+name+" runs")
	assert.Contains(t, out, "devproxy up --backend docker")
}

func TestCompose_commands_while_the_runner_starts_say_so(t *testing.T) {
	cmd := exec.Command(binary(t), "up", "--port", "0", "--backend", "docker", "--extension", uiOnly(t))
	cmd.Env = []string{"DOCKER_HOST=" + slowEngine(t)}
	s := startWithin(t, startLimit, cmd)
	assert.Contains(t, s.output.String(), "docker backend, which is starting")
	for _, args := range [][]string{{"ps"}, {"logs"}} {
		stdout, stderr := s.says(t, args...)
		assert.Empty(t, stdout)
		assert.Contains(t, stderr, "the docker backend is starting and has no container yet; wait a moment")
	}
	stdout, _ := s.says(t, "ps", "--json")
	assert.JSONEq(t, `{"v":1,"type":"ps","project":"","containers":[]}`, stdout)
	for _, args := range [][]string{{"restart"}, {"exec", "extension-runner", "--", "/devproxy", "version"}} {
		assert.Contains(t, s.fails(t, exitFailure, args...), "runner_starting")
	}
	follow := s.command(t, "logs", "--follow")
	seen := &transcript{}
	follow.Stdout, follow.Stderr = seen, seen
	require.NoError(t, follow.Start())
	require.Eventually(t, func() bool { return strings.Contains(seen.String(), "is starting") }, startLimit, 10*time.Millisecond)
	require.NoError(t, follow.Process.Signal(syscall.SIGINT))
	assert.NoError(t, follow.Wait(), "waiting ends with Ctrl-C, as following does")
}

// slowEngine is a way to the real engine that answers nothing but whether it
// is there: a runner behind it goes on starting.
func slowEngine(t *testing.T) (host string) {
	t.Helper()
	target, ok := strings.CutPrefix(dockerEngine(t).Endpoint(), "unix://")
	if !ok {
		unavailable(t, "the container engine is not on a unix socket")
	}
	engine := httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: "engine"})
	engine.Transport = &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", target)
	}}
	socket := filepath.Join(shortFolder(t), "engine.sock")
	listener, err := net.Listen("unix", socket)
	require.NoError(t, err)
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/_ping") {
			engine.ServeHTTP(w, r)
			return
		}
		_, _ = io.Copy(io.Discard, r.Body) // until then the server does not see the client leave
		<-r.Context().Done()
	}))
	require.NoError(t, server.Listener.Close())
	server.Listener = listener
	server.Start()
	t.Cleanup(server.Close)
	return "unix://" + socket
}

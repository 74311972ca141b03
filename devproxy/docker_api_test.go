package main

import (
	"io"
	"net"
	"net/http"
	"net/netip"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/compose/docker"
)

const apiSecret = "a secret of the tests"

// relay is the one way to a docker-runner, which may be another process after a
// while. It knows which connections are open.
type relay struct {
	t        *testing.T
	listener net.Listener
	running  sync.WaitGroup
	mu       sync.Mutex
	target   string
	open     map[net.Conn]bool
}

// newRelay listens on the engine's bridge where that is this machine's: no loopback
// address, so the engine is taken for another machine's.
func newRelay(t *testing.T) *relay {
	t.Helper()
	host, err := dockerEngine(t).HostGateway(t.Context())
	require.NoError(t, err)
	if !docker.IsLocal(host) {
		host = netip.MustParseAddr("127.0.0.1")
	}
	listener, err := net.Listen("tcp", netip.AddrPortFrom(host, 0).String())
	require.NoError(t, err)
	r := &relay{t: t, listener: listener, open: map[net.Conn]bool{}}
	r.running.Go(r.accept)
	t.Cleanup(func() {
		listener.Close()
		r.mu.Lock()
		for conn := range r.open {
			conn.Close()
		}
		r.mu.Unlock()
		r.running.Wait()
	})
	return r
}

// lead sends connections from now on to target.
func (r *relay) lead(target string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.target = target
}

func (r *relay) accept() {
	for {
		near, err := r.listener.Accept()
		if err != nil {
			return
		}
		r.running.Go(func() { r.carry(near) })
	}
}

func (r *relay) carry(near net.Conn) {
	r.mu.Lock()
	far, err := net.Dial("tcp", r.target)
	if err != nil {
		r.mu.Unlock()
		near.Close()
		return
	}
	r.open[near], r.open[far] = true, true
	r.mu.Unlock()
	var both sync.WaitGroup
	for _, way := range [][2]net.Conn{{near, far}, {far, near}} {
		both.Go(func() {
			_, _ = io.Copy(way[0], way[1])
			_ = way[0].(*net.TCPConn).CloseWrite()
		})
	}
	both.Wait()
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, conn := range []net.Conn{near, far} {
		conn.Close()
		delete(r.open, conn)
	}
}

func (r *relay) connections() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.open) / 2
}

// serve starts a docker-runner with the real engine, at the relay's far end.
func (r *relay) serve(state string, environ ...string) *startedRunner {
	r.t.Helper()
	cmd := exec.Command(binary(r.t), "docker-runner")
	cmd.Env = append(cmd.Environ(), append(environ, "DOCKER_RUNNER_PORT=0", "DOCKER_RUNNER_STATE_DIR="+state, "DOCKER_RUNNER_SHARED_SECRET="+apiSecret)...)
	service := startedAs(r.t, cmd)
	r.lead(strings.TrimPrefix(service.url, "http://"))
	return service
}

// environ leads to the engine by the API alone.
func (r *relay) environ() []string {
	return []string{
		"RUNNER_DOCKER_API=http://" + r.listener.Addr().String(), "DOCKER_RUNNER_SHARED_SECRET=" + apiSecret,
		"DOCKER_HOST=unix:///nonexistent/docker.sock", "DOCKER_CONTEXT=",
	}
}

// greet asks the example's handler for as long as it takes.
func (s *started) greet(t *testing.T) {
	t.Helper()
	require.EventuallyWithT(t, func(c *assert.CollectT) {
		res, err := http.Post(s.url+"/api/ext/acme.hello/greet", "application/json", strings.NewReader(`{"name":"Ada"}`))
		if !assert.NoError(c, err) {
			return
		}
		defer res.Body.Close()
		body, err := io.ReadAll(res.Body)
		assert.NoError(c, err)
		assert.Contains(c, string(body), "Hello, Ada!")
		assert.Equal(c, "docker", res.Header.Get("X-Runner-Backend"))
	}, compileLimit+startLimit, 100*time.Millisecond, "%s", s.output)
}

func TestDockerAPI_alone_is_enough_for_the_docker_backend_and_every_command(t *testing.T) {
	dockerEngine(t)
	example := hello(t)
	r := newRelay(t)
	service := r.serve(t.TempDir())
	cmd := exec.Command(binary(t), "up", "--port", "0", "--backend", "docker", "--extension", example)
	cmd.Env = r.environ()
	s := startWithin(t, startLimit, cmd)
	s.greet(t)
	assert.Contains(t, s.run(t, "ps"), "extension-runner")
	assert.Regexp(t, `^devproxy \S+ \(caddy`, s.run(t, "exec", "extension-runner", "--", "/devproxy", "version"))
	assert.Contains(t, s.run(t, "logs", "-n", "50"), "runner is listening")
	require.NoError(t, restart(t, s, false), "%s", s.output)
	s.greet(t)
	assert.Contains(t, s.run(t, "ps"), "2", "the second generation has the traffic")
	doctor, _ := s.command(t, "doctor").CombinedOutput()
	assert.Contains(t, string(doctor), "RUNNER_DOCKER_API")
	assert.NotContains(t, string(doctor), "engine_unavailable")

	_, err := s.interrupt(t)
	assert.NoError(t, err)
	s.run(t, "down", "-v")
	assert.Eventually(t, func() bool { return r.connections() == 0 }, startLimit, 20*time.Millisecond, "%d connections are left", r.connections())
	assert.NotContains(t, service.log.String(), apiSecret)
	assert.Zero(t, service.signal(t, syscall.SIGTERM))
}

func TestDockerAPI_that_is_restarted_in_the_middle_is_found_again(t *testing.T) {
	p := newComposeProject(t, "")
	r := newRelay(t)
	state := t.TempDir()
	service := r.serve(state)
	cmd := exec.Command(binary(t), "up", "--port", "0")
	cmd.Dir, cmd.Env = p.dir, r.environ()
	s := startWithin(t, startLimit, cmd)
	awaitBuild(t, s, "first")
	before := p.containers()

	assert.Zero(t, service.signal(t, syscall.SIGTERM))
	require.Eventually(t, func() bool { return strings.Contains(s.output.String(), "the runner is down") }, startLimit, 20*time.Millisecond, "%s", s.output)
	r.serve(state)
	awaitBuild(t, s, "first")
	assert.Equal(t, before, p.containers(), "the container never noticed")
	p.build("second")
	require.Eventually(t, func() bool { return restart(t, s, true) == nil }, startLimit, 100*time.Millisecond, "%s", s.output)
	awaitBuild(t, s, "second")
	_, err := s.interrupt(t)
	assert.NoError(t, err)
	assert.Empty(t, p.containers())
	assert.Eventually(t, func() bool { return r.connections() == 0 }, startLimit, 20*time.Millisecond, "%d connections are left", r.connections())
}

func TestDockerAPI_that_refuses_is_told_from_one_that_is_not_there(t *testing.T) {
	dockerEngine(t)
	r := newRelay(t)
	r.serve(t.TempDir())
	off := newRelay(t)
	off.serve(t.TempDir(), "DOCKER_RUNNER_STREAMS=off")
	nobody := newRelay(t)
	nobody.lead("127.0.0.1:1")
	for name, c := range map[string]struct {
		environ []string
		says    []string
	}{
		"a wrong secret":  {append(r.environ(), "DOCKER_RUNNER_SHARED_SECRET=another"), []string{"engine_denied", "(invalid_signature, status 401)", "set DOCKER_RUNNER_SHARED_SECRET to the docker-runner's own"}},
		"no secret":       {append(r.environ(), "DOCKER_RUNNER_SHARED_SECRET="), []string{"engine_unavailable", "DOCKER_RUNNER_SHARED_SECRET is not set"}},
		"no streams":      {off.environ(), []string{"engine_denied", "streams_disabled", "DOCKER_RUNNER_STREAMS=true"}},
		"no URL":          {append(r.environ(), "RUNNER_DOCKER_API=build:7071"), []string{"engine_unavailable", "write RUNNER_DOCKER_API as http://HOST:7071"}},
		"nobody is there": {nobody.environ(), []string{"engine_unavailable", "runner_connection_re", "start `devproxy docker-runner`"}},
	} {
		t.Run(name, func(t *testing.T) {
			for _, variable := range c.environ {
				key, value, _ := strings.Cut(variable, "=")
				t.Setenv(key, value)
			}
			code, _, stderr := inFolder(t, nil, "up", "--port", "0", "--backend", "docker")
			assert.Equal(t, exitEngine, code, stderr)
			for _, says := range c.says {
				assert.Contains(t, stderr, says)
			}
		})
	}
}

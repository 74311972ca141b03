package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/compose/docker"
)

// dockerEngine skips the test where no engine answers.
func dockerEngine(t *testing.T) *docker.Engine {
	t.Helper()
	engine, err := docker.Connect(t.Context(), docker.Options{})
	if err != nil {
		unavailable(t, err.Error())
	}
	t.Cleanup(func() { _ = engine.Close() })
	return engine
}

// composeProject is a folder with a compose file around the test service,
// and a Caddyfile that exposes all of it.
type composeProject struct {
	t    *testing.T
	dir  string
	name string
}

// newComposeProject writes the folder; service is added to the service's keys.
func newComposeProject(t *testing.T, service string) *composeProject {
	t.Helper()
	dockerEngine(t)
	p := &composeProject{t: t, dir: t.TempDir()}
	p.name = "devproxytest" + strconv.FormatInt(time.Now().UnixNano(), 36)
	p.write("Dockerfile", "FROM scratch\nEXPOSE 8080\nENTRYPOINT [\"/service\"]\nCOPY service /service\n")
	p.write("compose.yml", "services:\n  extension-runner:\n    build: .\n    image: "+p.name+":test\n    stop_grace_period: 5s\n"+service)
	p.write("Caddyfile", `{
	runner {
		default docker
		hold 20s
		backend docker {
			compose compose.yml
			project `+p.name+`
		}
	}
}
http://localhost:{$DEVPROXY_PORT} {
	bind 127.0.0.1
	runner {
		expose /*
	}
	runner_app {$DEVPROXY_APP}
}
`)
	p.build("first")
	t.Cleanup(p.clean)
	return p
}

func (p *composeProject) write(name, content string) {
	p.t.Helper()
	require.NoError(p.t, os.WriteFile(filepath.Join(p.dir, name), []byte(content), 0o644))
}

// build compiles the service; the linker writes down which build it is.
func (p *composeProject) build(name string) {
	p.t.Helper()
	cmd := exec.Command("go", "build", "-ldflags", "-s -w -X main.build="+name, "-o", filepath.Join(p.dir, "service"), "./testdata/service")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	out, err := cmd.CombinedOutput()
	require.NoError(p.t, err, string(out))
}

func (p *composeProject) up(args ...string) *started {
	p.t.Helper()
	cmd := exec.Command(binary(p.t), append([]string{"up", "--port", "0"}, args...)...)
	cmd.Dir = p.dir
	return startWithin(p.t, startLimit, cmd)
}

// containers lists the project's, by name and state.
func (p *composeProject) containers() []string {
	out, err := exec.Command("docker", "ps", "-a", "--filter", "label=com.docker.compose.project="+p.name, "--format", "{{.Names}} {{.State}}").Output()
	assert.NoError(p.t, err)
	return strings.FieldsFunc(string(out), func(c rune) bool { return c == '\n' })
}

// clean removes what a failed test leaves.
func (p *composeProject) clean() {
	for _, container := range p.containers() {
		_ = exec.Command("docker", "rm", "-f", strings.Fields(container)[0]).Run()
	}
	_ = exec.Command("docker", "network", "rm", p.name+"_default").Run()
	_ = exec.Command("docker", "rmi", "-f", p.name+":test").Run()
}

// restart asks for another generation.
func restart(t *testing.T, s *started, rebuild bool) error {
	t.Helper()
	path := "/runner/restart"
	if rebuild {
		path += "?rebuild=1"
	}
	a := newAdmin(projectOf(t, s))
	a.client.Timeout = 2 * time.Minute
	return a.post(t.Context(), path)
}

// projectOf finds the project whose state lies in the test's folder.
func projectOf(t *testing.T, s *started) project {
	t.Helper()
	t.Setenv("XDG_STATE_HOME", s.state)
	t.Setenv("TMPDIR", filepath.Join(s.state, "tmp"))
	dir := s.cmd.Dir
	if dir == "" {
		var err error
		dir, err = os.Getwd()
		require.NoError(t, err)
	}
	p, err := newProject(rootOf(dir))
	require.NoError(t, err)
	return p
}

// awaitBuild waits until the named build answers.
func awaitBuild(t *testing.T, s *started, build string) {
	t.Helper()
	require.EventuallyWithT(t, func(c *assert.CollectT) {
		res, err := http.Get(s.url + "/runner/x")
		if !assert.NoError(c, err) {
			return
		}
		defer res.Body.Close()
		body, err := io.ReadAll(res.Body)
		assert.NoError(c, err)
		assert.True(c, strings.HasPrefix(string(body), build+" "), "%d %s", res.StatusCode, body)
	}, time.Minute, 20*time.Millisecond, "%s", s.output)
}

func TestDocker_up_takes_requests_and_leaves_nothing_behind(t *testing.T) {
	p := newComposeProject(t, "")
	s := p.up()
	awaitBuild(t, s, "first")
	assert.Len(t, p.containers(), 1)
	var status state
	out, err := s.command(t, "status", "--json").Output()
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(out, &status))
	assert.Equal(t, "docker", status.Selected)
	assert.Equal(t, p.name, status.Compose.Name)
	assert.Equal(t, 1, status.Backends[0].Generation)
	_, err = s.interrupt(t)
	assert.NoError(t, err)
	assert.Empty(t, p.containers())
}

func TestDocker_without_a_compose_file_runs_the_extension_in_a_container(t *testing.T) {
	dockerEngine(t)
	s := startUp(t, "--backend", "docker", "--extension", hello(t))
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
	_, err := s.interrupt(t)
	assert.NoError(t, err)
	out, err := s.command(t, "down", "-v").CombinedOutput()
	assert.NoError(t, err, "%s", out)
}

func TestDocker_50_rebuild_swaps_under_load_fail_no_request(t *testing.T) {
	p := newComposeProject(t, "")
	app := upstreamStream(t)
	s := p.up("--app", app)
	awaitBuild(t, s, "first")
	appStream, err := http.Get(s.url + "/app-events")
	require.NoError(t, err)
	defer appStream.Body.Close()
	appCut := make(chan error, 1)
	go func() { _, err := io.Copy(io.Discard, appStream.Body); appCut <- err }()

	l := &load{t: t, url: s.url + "/runner/x", stop: make(chan struct{})}
	for i := range 6 {
		l.workers.Go(func() { l.run(i) })
	}
	l.workers.Go(func() { l.stream(s.url + "/runner/sse") })
	l.workers.Go(func() { l.sockets(s.url + "/runner/ws") })
	const swaps = 50
	for i := range swaps {
		p.build("build" + strconv.Itoa(i))
		require.NoError(t, restart(t, s, true), "%s", s.output)
	}
	close(l.stop)
	l.workers.Wait()
	t.Logf("%d requests, %d builds seen over %d swaps", l.served.Load(), l.seen(), swaps)
	assert.Greater(t, l.seen(), swaps/2, "traffic went to the generations in turn")
	assert.Equal(t, int64(swaps+1), l.highest.Load(), "the last generation answered")
	select {
	case err := <-appCut:
		t.Errorf("the stream of the app was cut: %v", err)
	default:
	}
	_, err = s.interrupt(t)
	assert.NoError(t, err)
	assert.Empty(t, p.containers())
}

// load sends GETs and POSTs and checks every byte of the answers.
type load struct {
	t       *testing.T
	url     string
	stop    chan struct{}
	workers sync.WaitGroup
	served  atomic.Int64
	highest atomic.Int64
	builds  sync.Map
}

func (l *load) run(seed int) {
	client := &http.Client{Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	for n := seed; ; n++ {
		select {
		case <-l.stop:
			return
		default:
		}
		body := bytes.Repeat([]byte{byte(n)}, []int{0, 10, 1 << 18}[n%3])
		req, err := http.NewRequest([]string{"GET", "POST", "POST"}[n%3], l.url, io.NopCloser(bytes.NewReader(body)))
		if !assert.NoError(l.t, err) {
			return
		}
		req.ContentLength = int64(len(body))
		if len(body) == 0 {
			req.Body = nil
		}
		if !l.one(client, req, sha256.Sum256(body)) {
			return
		}
	}
}

func (l *load) one(client *http.Client, req *http.Request, sum [32]byte) bool {
	res, err := client.Do(req)
	if !assert.NoError(l.t, err) {
		return false
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	build, got, _ := strings.Cut(string(text), " ")
	generation, convErr := strconv.ParseInt(res.Header.Get("X-Runner-Generation"), 10, 64)
	l.builds.Store(build, true)
	l.served.Add(1)
	l.highest.Store(max(l.highest.Load(), generation))
	return assert.NoError(l.t, err) && assert.Equal(l.t, 200, res.StatusCode, "%s", text) &&
		assert.Equal(l.t, fmt.Sprintf("%x", sum), got) && assert.NoError(l.t, convErr, "every answer names its generation")
}

// stream opens event streams one after the other: they end with their
// generation, and the next one opens at once.
func (l *load) stream(url string) {
	for {
		select {
		case <-l.stop:
			return
		default:
		}
		res, err := http.Get(url)
		if !assert.NoError(l.t, err) || !assert.Equal(l.t, 200, res.StatusCode) {
			return
		}
		ended := make(chan struct{})
		go func() { _, _ = io.Copy(io.Discard, res.Body); close(ended) }()
		select {
		case <-ended:
		case <-l.stop:
		}
		res.Body.Close()
		<-ended
	}
}

// sockets holds a WebSocket open and talks over it; one that ends with its
// generation is opened again at once.
func (l *load) sockets(url string) {
	for {
		conn, _, err := websocket.Dial(l.t.Context(), url, nil)
		if !assert.NoError(l.t, err) {
			return
		}
		for n := 0; err == nil; n++ {
			select {
			case <-l.stop:
				conn.CloseNow()
				return
			default:
			}
			text := strconv.Itoa(n)
			if err = conn.Write(l.t.Context(), websocket.MessageText, []byte(text)); err != nil {
				break
			}
			var got []byte
			if _, got, err = conn.Read(l.t.Context()); err == nil {
				assert.Equal(l.t, text, string(got))
			}
		}
		conn.CloseNow()
	}
}

func (l *load) seen() (n int) {
	l.builds.Range(func(any, any) bool { n++; return true })
	return n
}

func TestDocker_a_new_generation_that_is_not_healthy_never_takes_traffic(t *testing.T) {
	p := newComposeProject(t, "")
	s := p.up()
	awaitBuild(t, s, "first")
	p.write("Dockerfile", "FROM scratch\nEXPOSE 8080\nENTRYPOINT [\"/service\", \"nothing\"]\nCOPY broken /service\n")
	p.write("broken", "this is no program")
	err := restart(t, s, true)
	require.Error(t, err)
	awaitBuild(t, s, "first")
	assert.Len(t, p.containers(), 1, "the failed one is gone")
}

func TestDocker_a_killed_runner_is_guarded_and_comes_back(t *testing.T) {
	p := newComposeProject(t, "")
	config, err := os.ReadFile(filepath.Join(p.dir, "Caddyfile"))
	require.NoError(t, err)
	p.write("Caddyfile", strings.Replace(string(config), "hold 20s", "hold 1ms", 1))
	s := p.up()
	awaitBuild(t, s, "first")
	name := strings.Fields(p.containers()[0])[0]
	require.NoError(t, exec.Command("docker", "kill", name).Run())
	guarded, back := 0, false
	require.Eventually(t, func() bool {
		res, err := http.Get(s.url + "/runner/x")
		if err != nil {
			return false
		}
		defer res.Body.Close()
		body, _ := io.ReadAll(res.Body)
		switch res.StatusCode {
		case 503:
			guarded++
			assert.JSONEq(t, `{"error":{"code":"docker_runner_not_ready","message":"docker-runner not ready"}}`, string(body))
			assert.NotEmpty(t, res.Header.Get("Retry-After"))
		case 502: // it died under this very request
		default:
			back = guarded > 0 && res.StatusCode == 200
		}
		return back
	}, time.Minute, time.Millisecond, "%s", s.output)
	t.Logf("%d answers by the guard", guarded)
	assert.Len(t, p.containers(), 1)
}

func TestDocker_a_devproxy_that_was_killed_is_followed_by_one_that_adopts(t *testing.T) {
	p := newComposeProject(t, "")
	s := p.up()
	awaitBuild(t, s, "first")
	before := p.containers()
	require.NoError(t, s.cmd.Process.Signal(syscall.SIGKILL))
	<-s.exited
	assert.Equal(t, before, p.containers(), "it had no time to stop anything")

	again := exec.Command(binary(t), "up", "--port", strings.Split(s.address(t), ":")[1])
	again.Dir, again.Env = p.dir, s.cmd.Env
	require.NoError(t, again.Start())
	awaitBuild(t, s, "first")
	assert.Equal(t, before, p.containers(), "the same container goes on")
	require.NoError(t, again.Process.Signal(os.Interrupt))
	require.NoError(t, again.Wait())
	assert.Empty(t, p.containers())
}

func TestDocker_fixed_names_and_ports_do_not_stand_in_the_way_of_a_swap(t *testing.T) {
	port, err := freePort()
	require.NoError(t, err)
	p := newComposeProject(t, fmt.Sprintf("    container_name: dpfixed%d\n    ports: [\"%d:8080\"]\n", port, port))
	s := p.up()
	awaitBuild(t, s, "first")
	direct := fmt.Sprintf("http://127.0.0.1:%d/x", port)
	_, body := fetch(t, direct)
	assert.Contains(t, body, "first ")
	p.build("second")
	require.NoError(t, restart(t, s, true))
	require.Eventually(t, func() bool {
		http.DefaultTransport.(*http.Transport).CloseIdleConnections()
		_, body := fetch(t, direct)
		return strings.HasPrefix(body, "second ")
	}, time.Minute, 10*time.Millisecond)
	require.Eventually(t, func() bool {
		return assert.ObjectsAreEqual([]string{fmt.Sprintf("dpfixed%d running", port)}, p.containers())
	}, time.Minute, 50*time.Millisecond, "the new one has the name")
	_, err = s.interrupt(t)
	assert.NoError(t, err)
	_, err = net.DialTimeout("tcp", fmt.Sprintf("127.0.0.1:%d", port), time.Second)
	assert.Error(t, err, "the port is free again")
}

func TestDocker_two_checkouts_run_side_by_side(t *testing.T) {
	a, b := newComposeProject(t, ""), newComposeProject(t, "")
	for _, p := range []*composeProject{a, b} {
		config, err := os.ReadFile(filepath.Join(p.dir, "Caddyfile"))
		require.NoError(t, err)
		p.write("Caddyfile", strings.Replace(string(config), "project "+p.name, "", 1))
		text, err := os.ReadFile(filepath.Join(p.dir, "compose.yml"))
		require.NoError(t, err)
		p.write("compose.yml", strings.Replace(string(text), p.name+":test", "devproxytest:same", 1))
	}
	b.build("other")
	one, two := a.up(), b.up()
	awaitBuild(t, one, "first")
	awaitBuild(t, two, "other")
	for _, s := range []*started{one, two} {
		_, err := s.interrupt(t)
		assert.NoError(t, err)
	}
	_ = exec.Command("docker", "rmi", "-f", "devproxytest:same").Run()
}

func TestDocker_without_an_engine_exits_5_and_says_what_was_tried(t *testing.T) {
	t.Setenv("DOCKER_HOST", "unix:///nonexistent/docker.sock")
	code, _, stderr := inFolder(t, nil, "up", "--port", "0", "--backend", "docker")
	assert.Equal(t, exitEngine, code)
	assert.Contains(t, stderr, "engine_unavailable")
	assert.Contains(t, stderr, "unix:///nonexistent/docker.sock")
}

func TestDocker_a_broken_compose_file_exits_2_with_file_and_line(t *testing.T) {
	code, _, stderr := inFolder(t, map[string]string{"c.yml": "services:\n  web:\n    imge: x\n"}, "up", "--port", "0", "--backend", "docker", "-f", "c.yml")
	assert.Equal(t, exitUsage, code)
	assert.Contains(t, stderr, "c.yml:3")
	assert.Contains(t, stderr, `did you mean "image"?`)

	code, _, stderr = inFolder(t, map[string]string{
		"c.yml": "services:\n  web:\n    image: x\n    env_file: .env.runner\n", ".env.runner.example": "A=b\n",
	}, "up", "--port", "0", "-f", "c.yml")
	assert.Equal(t, exitUsage, code)
	assert.Contains(t, stderr, "env_file_missing")
	assert.Contains(t, stderr, "cp .env.runner.example .env.runner")
}

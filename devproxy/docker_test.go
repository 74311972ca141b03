package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/caddymodule/runnerstatus"
)

func TestDocker_up_takes_requests_and_leaves_nothing_behind(t *testing.T) {
	p := newComposeProject(t, "")
	s := p.up()
	awaitBuild(t, s, "first")
	assert.Len(t, p.containers(), 1)
	var status runnerstatus.Snapshot
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

func TestDocker_COMPOSE_FILE_names_the_project_as_for_Compose(t *testing.T) {
	dockerEngine(t)
	t.Setenv("COMPOSE_FILE", "c.yml")
	code, _, stderr := inFolder(t, map[string]string{"c.yml": "services:\n  web:\n    imge: x\n"}, "up", "--port", "0", "--backend", "docker", "--build")
	assert.Equal(t, exitUsage, code)
	assert.Contains(t, stderr, "c.yml:3")
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

func TestDocker_a_first_generation_that_fails_can_be_corrected_and_is_then_watched(t *testing.T) {
	p := newComposeProject(t, "")
	good, err := os.ReadFile(filepath.Join(p.dir, "Dockerfile"))
	require.NoError(t, err)
	p.write("Dockerfile", "FROM scratch\nEXPOSE 8080\nENTRYPOINT [\"/nothing\"]\nCOPY service /service\n")
	s := p.up()
	require.EventuallyWithT(t, func(c *assert.CollectT) {
		out, err := s.command(t, "status").CombinedOutput()
		assert.NoError(c, err)
		assert.Contains(c, string(out), "fix:")
	}, time.Minute, 50*time.Millisecond, "status says what is wrong")
	p.write("Dockerfile", string(good))
	require.NoError(t, restart(t, s, true), "%s", s.output)
	awaitBuild(t, s, "first")
	require.NoError(t, exec.Command("docker", "kill", strings.Fields(p.containers()[0])[0]).Run())
	require.Eventually(t, func() bool { return strings.Contains(s.output.String(), "the runner is down") }, time.Minute, 10*time.Millisecond)
	awaitBuild(t, s, "first")
}

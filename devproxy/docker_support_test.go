package main

import (
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/compose/docker"
)

// dockerEngine skips the test where no engine answers.
func dockerEngine(t testing.TB) *docker.Engine {
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
func restart(t testing.TB, s *started, rebuild bool) error {
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
func projectOf(t testing.TB, s *started) project {
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

package main

import (
	"bytes"
	"net/http"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestDocker_our_own_container_runs_code_only_for_devproxy_and_down_v_leaves_nothing(t *testing.T) {
	dockerEngine(t)
	s := startUp(t, "--backend", "docker", "--extension", hello(t))
	greet := func() (*http.Response, error) {
		return http.Post(s.url+"/api/ext/acme.hello/greet", "application/json", strings.NewReader(`{"name":"Ada"}`))
	}
	require.EventuallyWithT(t, func(c *assert.CollectT) {
		res, err := greet()
		if assert.NoError(c, err) {
			res.Body.Close()
			assert.Equal(c, 200, res.StatusCode)
			assert.Equal(c, "docker", res.Header.Get("X-Runner-Backend"))
		}
	}, compileLimit+startLimit, 100*time.Millisecond, "%s", s.output)
	project := projectOf(t, s)
	instance := project.instance()
	container := strings.TrimSpace(dockerSays(t, "ps", "-q", "--filter", "label=dev.devproxy.instance="+instance))
	port := strings.TrimSpace(dockerSays(t, "port", container, "8080/tcp"))
	res, err := http.Post("http://"+port+"/v1/execute", "application/json", strings.NewReader("{}"))
	require.NoError(t, err)
	res.Body.Close()
	assert.Equal(t, http.StatusUnauthorized, res.StatusCode)
	assert.NotContains(t, dockerSays(t, "logs", container), "RUNNER_SERVICE_TOKEN", "nothing to warn of")

	_, err = s.interrupt(t)
	assert.NoError(t, err)
	image := "devproxy-runner:" + instance
	assert.NotEmpty(t, dockerSays(t, "images", "-q", image))
	out, err := s.command(t, "down", "-v").CombinedOutput()
	assert.NoError(t, err, "%s", out)
	assert.Empty(t, dockerSays(t, "images", "-q", image))
	assert.Empty(t, dockerSays(t, "volume", "ls", "-q", "--filter", "label=dev.devproxy.instance="+instance))
}

// dockerSays is what a docker command prints, errors included.
func dockerSays(t testing.TB, args ...string) string {
	t.Helper()
	var said bytes.Buffer
	cmd := exec.Command("docker", args...)
	cmd.Stdout, cmd.Stderr = &said, &said
	require.NoError(t, cmd.Run(), "%s", &said)
	return said.String()
}

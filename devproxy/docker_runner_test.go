package main

import (
	"net"
	"net/http"
	"os/exec"
	"strconv"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// serveDockerRunner runs a command that is a docker-runner, on a free port and with
// state of its own, and asks whether it is up.
func serveDockerRunner(t *testing.T, command string) {
	t.Setenv("DOCKER_RUNNER_PORT", "0")
	t.Setenv("DOCKER_RUNNER_STATE_DIR", t.TempDir())
	runner := startedAs(t, asInstalled(t, "exec env "+command)) // in place of the shell, for the signal
	resp, err := http.Get(runner.url + "/v1/health")
	require.NoError(t, err)
	resp.Body.Close()
	assert.Equal(t, http.StatusOK, resp.StatusCode)
	resp, err = http.Get(runner.url + "/v1/containers/inspect?containerId=x")
	require.NoError(t, err)
	resp.Body.Close()
	assert.Equal(t, http.StatusUnauthorized, resp.StatusCode)
	assert.NotContains(t, runner.log.String(), "a-secret")
	assert.Zero(t, runner.signal(t, syscall.SIGTERM))
}

func TestDockerRunner_command_says_what_keeps_it_from_serving(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer taken.Close()
	port := strconv.Itoa(taken.Addr().(*net.TCPAddr).Port)
	for name, c := range map[string]struct {
		environ []string
		code    int
		says    string
	}{
		"no secret":   {nil, exitUsage, "variable_invalid: DOCKER_RUNNER_SHARED_SECRET must be set"},
		"wrong port":  {[]string{"DOCKER_RUNNER_SHARED_SECRET=s", "DOCKER_RUNNER_PORT=many"}, exitUsage, "DOCKER_RUNNER_PORT must be a number"},
		"wrong level": {[]string{"DOCKER_RUNNER_SHARED_SECRET=s", "DOCKER_RUNNER_LOG_LEVEL=loud"}, exitUsage, "DOCKER_RUNNER_LOG_LEVEL"},
		"led to a docker-runner": {[]string{"DOCKER_RUNNER_SHARED_SECRET=s", "DOCKER_HOST=docker-runner+http://127.0.0.1:7071"}, exitUsage,
			"variable_invalid: DOCKER_HOST leads to a docker-runner, which may be this one"},
		"led by a socket": {[]string{"DOCKER_RUNNER_SHARED_SECRET=s", "DOCKER_SOCKET=docker-runner+https://build.example"}, exitUsage, "variable_invalid: DOCKER_SOCKET leads"},
		"taken port":      {[]string{"DOCKER_RUNNER_SHARED_SECRET=s", "DOCKER_RUNNER_PORT=" + port}, exitPort, "port_in_use: port " + port},
	} {
		t.Run(name, func(t *testing.T) {
			cmd := exec.CommandContext(t.Context(), binary(t), "docker-runner")
			cmd.Env = append([]string{"DOCKER_RUNNER_STATE_DIR=" + t.TempDir()}, c.environ...)
			output, err := cmd.CombinedOutput()
			var exit *exec.ExitError
			require.ErrorAs(t, err, &exit)
			assert.Equal(t, c.code, exit.ExitCode(), string(output))
			assert.Contains(t, string(output), c.says)
		})
	}
}

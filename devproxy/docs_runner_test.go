package main

import (
	"context"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/caddymodule/runner/image"
	"github.com/same-origin/devproxy/compose/docker"
)

// asInstalled is a shell in the root that finds devproxy in its path.
func asInstalled(t *testing.T, command string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command("sh", "-c", command)
	cmd.Dir = ".."
	cmd.Env = append(os.Environ(), "PATH="+filepath.Dir(binary(t))+":"+os.Getenv("PATH"))
	return cmd
}

// serveAlone runs a command that is a runner, on a free port and with state of
// its own, and opens the example.
func serveAlone(t *testing.T, command string) {
	command = strings.NewReplacer("PORT=8085", "PORT=0", "/tmp/runner", t.TempDir()).Replace(command)
	runner := startedAs(t, asInstalled(t, "exec env "+command)) // in place of the shell, for the signal
	resp, err := http.Get(runner.url + "/ext-ui/acme.hello/sha256:00/index.html")
	require.NoError(t, err)
	resp.Body.Close()
	assert.Equal(t, http.StatusOK, resp.StatusCode)
	assert.Zero(t, runner.signal(t, syscall.SIGTERM))
}

// checkAlone runs a command that asks a runner, at that one's port.
func checkAlone(t *testing.T, command string) {
	runner := startRunner(t)
	check := asInstalled(t, strings.Replace(command, "http://127.0.0.1:8085", runner.url, 1))
	output, err := check.CombinedOutput()
	assert.NoError(t, err, string(output))
}

// execInContainer runs a command in the runner of a devproxy of its own.
func execInContainer(t *testing.T, command string) {
	s, _ := upInContainer(t)
	arguments, found := strings.CutPrefix(command, "devproxy ")
	require.True(t, found)
	assert.Regexp(t, `^devproxy \S+ \(caddy`, s.run(t, strings.Fields(arguments)...))
}

// composeByHand runs the script where Compose's plugin is, under names of its
// own, and else expects it to say what to do without.
func composeByHand(t *testing.T, command string) {
	port, err := freePort()
	require.NoError(t, err)
	name := "devproxytest-" + uuid.NewString()[:8]
	script := func(arguments string) (string, error) {
		cmd := exec.Command("sh", "-c", arguments)
		cmd.Dir = ".."
		cmd.Env = append(os.Environ(), "APP_NAME="+name, "COMPOSE_PROJECT_NAME="+name, "RUNNER_DOCKER_PORT="+strconv.Itoa(port))
		output, err := cmd.CombinedOutput()
		return string(output), err
	}
	if exec.Command("docker", "compose", "version").Run() != nil {
		said, err := script(command)
		var exit *exec.ExitError
		require.ErrorAs(t, err, &exit)
		assert.Equal(t, exitFailure, exit.ExitCode())
		assert.Contains(t, said, "devproxy up --backend docker")
		return
	}
	leaveNoImage(t)
	t.Cleanup(func() {
		said, err := script("./scripts/dev-runner.sh down -v")
		assert.NoError(t, err, said)
	})
	said, err := script("./scripts/dev-runner.sh up -d --wait")
	require.NoError(t, err, said)
	said, err = script(command)
	require.NoError(t, err, said)
	listens := strings.Contains(command, " up ")
	conn, err := net.Dial("tcp", "127.0.0.1:"+strconv.Itoa(port))
	assert.Equal(t, listens, err == nil)
	if err == nil {
		conn.Close()
	}
}

// leaveNoImage removes the compose file's image after the test, unless it was
// there before.
func leaveNoImage(t *testing.T) {
	t.Helper()
	const tag = "devproxy/extension-runner:dev-local"
	engine := dockerEngine(t)
	if _, err := engine.InspectImage(t.Context(), tag); docker.Is(err, docker.CodeImageNotFound) {
		t.Cleanup(func() { assert.NoError(t, engine.RemoveImage(context.Background(), tag)) })
	}
}

func TestDevRunner_builds_what_the_image_consists_of_and_makes_the_env_file(t *testing.T) {
	if exec.Command("docker", "compose", "version").Run() == nil {
		leaveNoImage(t)
	}
	runIn(t, "..", "./scripts/dev-runner.sh build")
	assert.NoError(t, image.Check("../.runner-image/devproxy", runtime.GOARCH))
	assert.FileExists(t, "../.env.runner")
}

func TestDevRunner_explains_itself(t *testing.T) {
	output, err := exec.Command("../scripts/dev-runner.sh", "sideways").CombinedOutput()
	var exit *exec.ExitError
	require.ErrorAs(t, err, &exit)
	assert.Equal(t, exitUsage, exit.ExitCode())
	assert.Contains(t, string(output), "dev-runner.sh up")
}

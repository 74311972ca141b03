package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// startedRunner is a `devproxy runner` that listens.
type startedRunner struct {
	url string
	cmd *exec.Cmd
	log *transcript

	exited chan struct{} // closed at the end, after err is set
	err    error
}

// startRunner runs `devproxy runner` on a free port with these variables.
func startRunner(t *testing.T, environ ...string) *startedRunner {
	t.Helper()
	cmd := exec.Command(binary(t), "runner")
	cmd.Env = append([]string{"HOST=127.0.0.1", "PORT=0", "RUNNER_STATE_DIR=" + t.TempDir()}, environ...)
	return startedAs(t, cmd)
}

// startedAs starts a command that is a runner, and waits until it listens.
func startedAs(t *testing.T, cmd *exec.Cmd) *startedRunner {
	t.Helper()
	r := &startedRunner{cmd: cmd, log: &transcript{}, exited: make(chan struct{})}
	r.cmd.Stderr = r.log
	stdout, err := r.cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, r.cmd.Start())
	address := make(chan string, 1)
	go func() {
		defer close(r.exited)
		for lines := bufio.NewScanner(stdout); lines.Scan(); {
			_, _ = r.log.Write(append(lines.Bytes(), '\n'))
			var line struct{ Msg, Address string }
			if json.Unmarshal(lines.Bytes(), &line) == nil && strings.HasSuffix(line.Msg, "runner is listening") {
				address <- line.Address
			}
		}
		r.err = r.cmd.Wait()
	}()
	t.Cleanup(func() {
		_ = r.cmd.Process.Kill()
		<-r.exited
	})
	select {
	case a := <-address:
		r.url = "http://" + a
	case <-r.exited:
		t.Fatalf("the runner ended: %v\n%s", r.err, r.log)
	case <-time.After(startLimit):
		t.Fatalf("the runner does not listen\n%s", r.log)
	}
	return r
}

// signal returns the exit code.
func (r *startedRunner) signal(t *testing.T, sig os.Signal) int {
	t.Helper()
	require.NoError(t, r.cmd.Process.Signal(sig))
	select {
	case <-r.exited:
	case <-time.After(startLimit):
		t.Fatalf("the runner goes on after %s\n%s", sig, r.log)
	}
	var exit *exec.ExitError
	if errors.As(r.err, &exit) {
		return exit.ExitCode()
	}
	require.NoError(t, r.err)
	return 0
}

func TestRunner_serves_a_folder_of_extensions_and_ends_with_0_on_a_signal(t *testing.T) {
	shelf, err := filepath.Abs("../examples")
	require.NoError(t, err)
	for _, sig := range []os.Signal{syscall.SIGTERM, os.Interrupt} {
		t.Run(sig.String(), func(t *testing.T) {
			runner := startRunner(t, "RUNNER_EXTENSIONS_DIR="+shelf)
			resp, err := http.Get(runner.url + "/ext-ui/acme.hello/sha256:00/index.html")
			require.NoError(t, err)
			resp.Body.Close()
			assert.Equal(t, http.StatusOK, resp.StatusCode)
			code, _, stderr := inFolder(t, nil, "runner", "--check", "--url", runner.url)
			assert.Zero(t, code, stderr)

			assert.Zero(t, runner.signal(t, sig), runner.log)
			code, _, stderr = inFolder(t, nil, "runner", "--check", "--url", runner.url)
			assert.Equal(t, exitFailure, code)
			assert.Contains(t, stderr, "runner_unhealthy: ")
		})
	}
}

func TestRunner_check_asks_the_runner_that_the_variables_describe(t *testing.T) {
	runner := startRunner(t)
	host, port, err := net.SplitHostPort(runner.url[len("http://"):])
	require.NoError(t, err)
	t.Setenv("HOST", host)
	t.Setenv("PORT", port)
	code, _, stderr := inFolder(t, nil, "runner", "--check")
	assert.Zero(t, code, stderr)
}

func TestRunner_says_at_start_what_is_open_and_what_has_no_effect(t *testing.T) {
	runner := startRunner(t, "HOST=0.0.0.0", "VAULT_ADDR=http://vault")
	assert.Contains(t, runner.log.String(), "set RUNNER_SERVICE_TOKEN")
	assert.Contains(t, runner.log.String(), `"names":"VAULT_ADDR"`)
	closed := startRunner(t, "HOST=0.0.0.0", "RUNNER_SERVICE_TOKEN=sesame")
	assert.NotContains(t, closed.log.String(), "set RUNNER_SERVICE_TOKEN")
	assert.NotContains(t, closed.log.String(), "sesame")
}

func TestRunner_that_cannot_start_names_the_variable_or_the_port(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer taken.Close()
	port := strconv.Itoa(taken.Addr().(*net.TCPAddr).Port)
	for name, c := range map[string]struct {
		environ map[string]string
		args    []string
		exit    int
		says    []string
	}{
		"a wrong value":        {map[string]string{"PORT": "http"}, nil, exitUsage, []string{"variable_invalid: PORT: ", ".env.runner"}},
		"a state without room": {map[string]string{"RUNNER_STATE_DIR": "/proc/devproxy"}, nil, exitUsage, []string{"variable_invalid: RUNNER_STATE_DIR: "}},
		"a taken port":         {map[string]string{"HOST": "127.0.0.1", "PORT": port}, nil, exitPort, []string{"port_in_use: port " + port, "set HOST and PORT"}},
		"a foreign address":    {map[string]string{"HOST": "192.0.2.1"}, nil, exitPort, []string{"port_unavailable", "set HOST and PORT"}},
		"--url alone":          {nil, []string{"--url", "http://x"}, exitUsage, []string{"flag_without_effect", "--check"}},
		"a check of a mistake": {map[string]string{"PORT": "http"}, []string{"--check"}, exitUsage, []string{"variable_invalid: PORT: "}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("RUNNER_STATE_DIR", t.TempDir())
			for variable, value := range c.environ {
				t.Setenv(variable, value)
			}
			code, _, stderr := inFolder(t, nil, append([]string{"runner"}, c.args...)...)
			assert.Equal(t, c.exit, code, stderr)
			for _, want := range c.says {
				assert.Contains(t, stderr, want)
			}
		})
	}
}

package main

import (
	"bytes"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// command runs another verb for the devproxy that s is.
func command(t *testing.T, s *started, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	projectOf(t, s) // its state folder is this process's now
	if s.cmd.Dir != "" {
		t.Chdir(s.cmd.Dir)
	}
	var out, errs bytes.Buffer
	code = run(args, &out, &errs)
	return code, out.String(), errs.String()
}

// refusedAddress is one that nobody listens on.
func refusedAddress(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, listener.Close())
	return "http://" + listener.Addr().String()
}

func TestUse_swaps_a_running_devproxy_and_wait_waits_for_it(t *testing.T) {
	runner := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "elsewhere") }))
	defer runner.Close()
	s := startUp(t, "--backend", runner.URL)
	get := func() string {
		res, err := http.Get(s.url + "/runner/healthz")
		require.NoError(t, err)
		defer res.Body.Close()
		body, err := io.ReadAll(res.Body)
		require.NoError(t, err)
		return string(body)
	}
	assert.Equal(t, "elsewhere", get())
	code, out, errs := command(t, s, "wait", "--for", "backend=up", "--for", "url=up", "--timeout", "30s")
	assert.Zero(t, code, out+errs)

	code, out, errs = command(t, s, "use", "embedded", "--wait")
	assert.Zero(t, code, errs)
	assert.Equal(t, "embedded gets the requests\n", out)
	assert.Contains(t, get(), "cache_writable")
	code, out, _ = command(t, s, "use", "url", "--percent", "20", "--header", "X-Try=1")
	assert.Zero(t, code)
	assert.Equal(t, "url gets 20 % of the browsers, and requests with the header X-Try=1; embedded the rest\n", out)

	code, _, errs = command(t, s, "use", "embeded")
	assert.Equal(t, exitUsage, code)
	assert.Contains(t, errs, `backend_unknown: unknown backend "embeded"; did you mean "embedded"?`)
	runner.Close()
	code, _, errs = command(t, s, "use", "url")
	assert.Equal(t, exitFailure, code)
	assert.Contains(t, errs, "backend_not_ready: url takes nothing over")
	assert.Contains(t, errs, "nobody listens at")
	s.supersedes(t, "url", "embedded")
	code, _, errs = command(t, s, "wait", "--for", "build=000000000000", "--timeout", "50ms")
	assert.Equal(t, exitFailure, code)
	assert.Contains(t, errs, "wait_timeout: after 50ms, no build answers")
	_, err := s.interrupt(t)
	assert.NoError(t, err)
}

// supersedes asks for a backend that does not answer, and then for one that does.
func (s *started) supersedes(t *testing.T, gone, instead string) {
	t.Helper()
	var said bytes.Buffer
	waiting := s.command(t, "use", gone, "--wait")
	waiting.Stderr = &said
	require.NoError(t, waiting.Start())
	ended := make(chan error, 1)
	go func() { ended <- waiting.Wait() }()
	var err error
	require.Eventually(t, func() bool {
		code, _, errs := command(t, s, "use", instead)
		assert.Zero(t, code, errs)
		select {
		case err = <-ended:
			return true
		default:
			return false // it may not have asked yet
		}
	}, startLimit, 50*time.Millisecond)
	var exit *exec.ExitError
	require.ErrorAs(t, err, &exit)
	assert.Equal(t, exitFailure, exit.ExitCode())
	assert.Contains(t, said.String(), "use_superseded: backend "+gone+" takes nothing over: "+instead+" was asked for meanwhile")
}

func TestUp_exits_7_when_a_runner_that_is_not_optional_does_not_answer(t *testing.T) {
	cmd := exec.Command(binary(t), "up", "--port", "0", "--backend", refusedAddress(t))
	cmd.Env = append(cmd.Environ(), "DOCKER_RUNNER_OPTIONAL=false", "XDG_STATE_HOME="+t.TempDir())
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	require.ErrorAs(t, err, &exit, string(out))
	assert.Equal(t, exitRunner, exit.ExitCode(), string(out))
	assert.Contains(t, string(out), "devproxy: runner_required: backend url is not optional and does not answer: nobody listens at")
	assert.Contains(t, string(out), "fix: start the runner first, or set DOCKER_RUNNER_OPTIONAL=true")
}

func TestSelection_errors_exit_2_and_say_what_was_meant(t *testing.T) {
	for _, c := range []struct {
		name string
		env  map[string]string
		args []string
		says []string
	}{
		{"a backend that is none", nil, []string{"up", "--port", "0", "--backend", "dokcer"}, []string{"devproxy: backend_unknown: --backend dokcer is unknown; did you mean \"docker\"?\n  fix: write one of docker, embedded, knative, or the URL of a runner\n"}},
		{"a backend like none", nil, []string{"up", "--port", "0", "--backend", "nope"}, []string{"devproxy: backend_unknown: --backend nope is unknown\n  fix: write one of docker, embedded, knative, or"}},
		{"a runner's URL without a host", nil, []string{"up", "--port", "0", "--backend", "http://"}, []string{"config_invalid", "is no base URL", "--backend"}},
		{"a variable that names none", map[string]string{"RUNNER_BACKEND": "kantive"}, []string{"up", "--port", "0"}, []string{"devproxy: config_invalid: RUNNER_BACKEND: default backend \"kantive\" is not defined; did you mean \"knative\"?\n  fix: correct the flag or the variable"}},
		{"a probe that is none", map[string]string{"DOCKER_RUNNER_OPTIONAL": "perhaps"}, []string{"up", "--port", "0"}, []string{"devproxy: config_invalid: DOCKER_RUNNER_OPTIONAL"}},
		{"a variable that config finds wrong", map[string]string{"RUNNER_BACKEND": "nope"}, []string{"config"}, []string{"config_invalid", "RUNNER_BACKEND"}},
		{"a variable that is no number", map[string]string{"EXT_GATEWAY_TIMEOUT_MS": "x"}, []string{"up", "--port", "0"}, []string{"devproxy: config_invalid: EXT_GATEWAY_TIMEOUT_MS is \"x\""}},
		{"an emulation of something else", nil, []string{"up", "--emulate", "lambda"}, []string{"invalid_flag", "knative, off"}},
		{"no backend", nil, []string{"use"}, []string{"unexpected_argument: use takes the name of one backend\n  fix: write 'devproxy use BACKEND' with one of docker, embedded, knative\n"}},
		{"a share of all", nil, []string{"use", "docker", "--percent", "100"}, []string{"invalid_flag", "1 to 99"}},
		{"a share that stops the rest", nil, []string{"use", "docker", "--percent", "5", "--stop-old"}, []string{"conflicting_flags"}},
		{"a condition that is none", nil, []string{"wait", "--for", "up"}, []string{"invalid_flag", "backend=up"}},
		{"a setting that is none", nil, []string{"config", "--explain", "defualt"}, []string{"setting_unknown", "did you mean default?"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			for name, value := range c.env {
				t.Setenv(name, value)
			}
			code, _, stderr := inFolderWith(t, c.env, c.args...)
			assert.Equal(t, exitUsage, code, stderr)
			for _, want := range c.says {
				assert.Contains(t, stderr, want)
			}
		})
	}
}

func inFolderWith(t *testing.T, env map[string]string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	t.Chdir(t.TempDir())
	t.Setenv("XDG_STATE_HOME", t.TempDir())
	for _, variable := range []string{"DEVPROXY_PORT", "DEVPROXY_EXTENSION", "DEVPROXY_APP", "DEVPROXY_BIND", "DEVPROXY_BACKEND", "DEVPROXY_FILE", "RUNNER_BACKEND", "DEVPROXY_EMULATE", "DEVPROXY_SERVICE"} {
		t.Setenv(variable, env[variable])
	}
	var out, errs bytes.Buffer
	code = run(args, &out, &errs)
	return code, out.String(), errs.String()
}

func TestConfig_explains_each_setting(t *testing.T) {
	code, out, errs := inFolderWith(t, map[string]string{"RUNNER_BACKEND": "docker"}, "config", "--explain", "default")
	assert.Zero(t, code, errs)
	assert.Equal(t, []string{"default", "docker", "RUNNER_BACKEND", "RUNNER_BACKEND"}, strings.Fields(strings.Split(out, "\n")[1]))
	code, out, errs = inFolderWith(t, nil, "config", "--backend", "knative", "--json")
	assert.Zero(t, code, errs)
	assert.Contains(t, out, `"origin":"--backend"`)
	code, out, _ = inFolderWith(t, nil, "config", "--explain", "monitor")
	assert.Zero(t, code)
	assert.Equal(t, 7, strings.Count(out, "\n"), "a heading and six settings:\n%s", out)
}

func TestUse_says_so_when_devproxy_stops_while_it_waits(t *testing.T) {
	asked := make(chan struct{}, 1)
	runner := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		select {
		case asked <- struct{}{}:
		default:
		}
		w.WriteHeader(http.StatusServiceUnavailable)
	}))
	defer runner.Close()
	s := startUp(t, "--backend", runner.URL)
	code, out, errs := command(t, s, "use", "embedded")
	require.Zero(t, code, out+errs)
	waiting := s.command(t, "use", "url", "--wait")
	var said bytes.Buffer
	waiting.Stderr = &said
	require.NoError(t, waiting.Start())
	for range 10 { // the swap asks four times a second, which its monitor does not
		<-asked
	}
	_, err := s.interrupt(t)
	assert.NoError(t, err)
	assert.Error(t, waiting.Wait())
	assert.Equal(t, exitFailure, waiting.ProcessState.ExitCode())
	assert.Contains(t, said.String(), "devproxy: not_running: devproxy has stopped, and url takes nothing over\n  fix: start it again with 'devproxy up', and choose the backend with --backend url\n")
}

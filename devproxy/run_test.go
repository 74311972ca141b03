package main

import (
	"bytes"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

// endWithTheProcess is what a command leaves running on purpose.
var endWithTheProcess = []goleak.Option{
	goleak.IgnoreTopFunction(module + "devproxy.running.watchSignals"),
	goleak.IgnoreAnyFunction("github.com/caddyserver/caddy/v2.replaceLocalAdminServer.func2"),
	goleak.IgnoreAnyFunction("github.com/caddyserver/certmagic.keepLockfileFresh"),
}

// inFolder runs the command line in an empty folder with state of its own, and
// looks for what it has left running.
func inFolder(t *testing.T, files map[string]string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		require.NoError(t, os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755))
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644))
	}
	t.Chdir(dir)
	t.Setenv("XDG_STATE_HOME", t.TempDir())
	for _, variable := range []string{"DEVPROXY_PORT", "DEVPROXY_EXTENSION", "DEVPROXY_APP", "DEVPROXY_BIND", "DEVPROXY_BACKEND", "DEVPROXY_FILE", "DEVPROXY_PROJECT_NAME", "DEVPROXY_KEEP", "RUNNER_BACKEND", "DEVPROXY_SERVICE", "DEVPROXY_EMULATE"} {
		t.Setenv(variable, "") // restored after the test, which sets them
	}
	var out, errs bytes.Buffer
	before := goleak.IgnoreCurrent()
	code = run(args, &out, &errs)
	http.DefaultClient.CloseIdleConnections()
	goleak.VerifyNone(t, append(endWithTheProcess, before)...)
	return code, out.String(), errs.String()
}

func TestUsage_errors_exit_2_with_a_code_and_what_was_meant(t *testing.T) {
	broken := map[string]string{"Caddyfile": "{\n\trunner {\n\t\textnsion .\n\t}\n}\n"}
	for _, c := range []struct {
		name  string
		files map[string]string
		args  []string
		says  []string
	}{
		{"a list of traces", nil, []string{"trace", "--list"}, []string{"unknown_flag", "fix: list the calls with 'devproxy replay --list'"}},
		{"an unknown flag", nil, []string{"up", "--extenson", "x"}, []string{"unknown_flag", "did you mean --extension?"}},
		{"an unknown command", nil, []string{"stauts"}, []string{"unknown_command", "did you mean 'devproxy status'?"}},
		{"a flag of the wrong kind", nil, []string{"up", "--port", "many"}, []string{"invalid_flag", `--port takes a whole number, not "many"`, "see 'devproxy up --help'"}},
		{"a port that is none", nil, []string{"up", "--port", "70000"}, []string{"invalid_flag", "1 to 65535"}},
		{"an argument without dashes", nil, []string{"up", "npm"}, []string{"unexpected_argument", "devproxy up -- npm run dev"}},
		{"an argument too few", nil, []string{"use"}, []string{"unexpected_argument", "write 'devproxy use BACKEND"}},
		{"an argument too many", nil, []string{"down", "now"}, []string{"unexpected_argument", "write 'devproxy down"}},
		{"two apps", nil, []string{"up", "--app", "http://x", "--", "true"}, []string{"conflicting_flags"}},
		{"an extension that is not there", nil, []string{"up", "--extension", "nowhere"}, []string{"extension_not_found", "manifest.json"}},
		{"a Caddyfile with a typo", broken, []string{"up"}, []string{"config_invalid", `did you mean "extension"?`, "Caddyfile:3"}},
		{"a config that is not there", nil, []string{"up", "--config", "x.json"}, []string{"config_not_found"}},
		{"a config that is not JSON", map[string]string{"x.json": "{"}, []string{"up", "--config", "x.json"}, []string{"config_invalid"}},
		{"a config without a runner", map[string]string{"C": ":0 {\n}"}, []string{"up", "--config", "C"}, []string{"config_invalid", "the config has no runner"}},
		{
			"a flag that the Caddyfile ignores", map[string]string{"C": "{\n\trunner\n}\n:0 {\n\trunner\n}"}, []string{"up", "--config", "C", "--port", "4000"},
			[]string{"flag_without_effect", "{$DEVPROXY_PORT}"},
		},
		{"an app that is neither URL nor folder", nil, []string{"up", "--port", "0", "--app", "nowhere"}, []string{"app_invalid", "neither a URL"}},
		{"an app with a path", nil, []string{"up", "--app", "http://localhost:1/x"}, []string{"app_invalid", "must not have a path"}},
		{"an app that is devproxy itself", nil, []string{"up", "--app", "http://localhost:3000"}, []string{"app_invalid", "devproxy's own address"}},
		{
			"an app of the Caddyfile that is not there", map[string]string{"C": "{\n\trunner\n}\n:0 {\n\trunner_app /nowhere\n}"}, []string{"up", "--config", "C"},
			[]string{"config_rejected", "neither a URL"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			code, _, stderr := inFolder(t, c.files, c.args...)
			assert.Equal(t, exitUsage, code, stderr)
			for _, want := range c.says {
				assert.Contains(t, stderr, want)
			}
			assert.NotContains(t, stderr, "goroutine")
		})
	}
}

func TestPort_that_is_taken_exits_6_and_names_the_holder(t *testing.T) {
	server := httptest.NewServer(nil)
	defer server.Close()
	port := strconv.Itoa(server.Listener.Addr().(*net.TCPAddr).Port)
	code, _, stderr := inFolder(t, nil, "up", "--port", port)
	assert.Equal(t, exitPort, code)
	assert.Contains(t, stderr, "port_in_use: port "+port+" is taken by devproxy.test (pid "+strconv.Itoa(os.Getpid())+")")
	assert.Contains(t, stderr, "--port")
}

func TestStatus_without_a_running_devproxy_says_so(t *testing.T) {
	code, stdout, stderr := inFolder(t, nil, "status", "--json")
	assert.Equal(t, exitFailure, code)
	assert.Empty(t, stdout)
	assert.Contains(t, stderr, "not_running")
	assert.Contains(t, stderr, "devproxy up")
}

func TestWait_that_ends_says_what_was_missing_not_that_its_last_look_was_cut_short(t *testing.T) {
	for range 5 {
		code, _, stderr := inFolder(t, nil, "wait", "--timeout", "250ms")
		assert.Equal(t, exitFailure, code)
		assert.Contains(t, stderr, "wait_timeout: after 250ms, not_running")
		assert.NotContains(t, stderr, "deadline")
	}
}

func TestVersion_names_what_it_is_built_on(t *testing.T) {
	code, stdout, _ := inFolder(t, nil, "version")
	assert.Zero(t, code)
	assert.Regexp(t, `^devproxy \S+ \(caddy v2\.\S+, go1\.\S+ \w+/\w+\)\n$`, stdout)
}

func TestHelp_shows_commands_in_groups_and_no_command_that_replaces_the_binary(t *testing.T) {
	code, stdout, _ := inFolder(t, nil)
	assert.Zero(t, code)
	for _, want := range []string{"Development:", "Caddy:", "up ", "status ", "adapt "} {
		assert.Contains(t, stdout, want)
	}
	assert.NotContains(t, stdout, "upgrade")
}

func TestRoot_every_command_looks_at_its_arguments(t *testing.T) {
	for _, cmd := range newRoot().Commands() {
		assert.NotPanics(t, func() { _ = cmd.ValidateArgs([]string{"one", "two"}) }, cmd.Name())
	}
}

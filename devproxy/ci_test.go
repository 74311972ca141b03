package main

import (
	"bytes"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// pipeline prepares `devproxy ci ARGS` with state of its own.
func pipeline(t *testing.T, args ...string) (cmd *exec.Cmd, stdout, stderr *bytes.Buffer) {
	t.Helper()
	stdout, stderr = new(bytes.Buffer), new(bytes.Buffer)
	cmd = exec.CommandContext(t.Context(), binary(t), append([]string{"ci"}, args...)...)
	cmd.Env = append(os.Environ(), "XDG_STATE_HOME="+shortFolder(t))
	cmd.Stdout, cmd.Stderr = stdout, stderr
	return cmd, stdout, stderr
}

func exitCode(t *testing.T, err error) int {
	t.Helper()
	exit := new(exec.ExitError)
	if err == nil {
		return 0
	}
	require.ErrorAs(t, err, &exit)
	return exit.ExitCode()
}

func TestCI_runs_a_command_against_what_it_built_and_has_its_exit_code(t *testing.T) {
	if _, err := exec.LookPath("curl"); err != nil {
		unavailable(t, "there is no curl")
	}
	cmd, out, errs := pipeline(t, "--extension", hello(t), "--timeout", "5m", "--", "sh", "-c", // it may be compiled, with the race detector

		`curl -s -X POST "$DEVPROXY_URL/api/ext/acme.hello/greet" -d '{"name":"Ada"}'; exit 7`)
	assert.Equal(t, 7, exitCode(t, cmd.Run()), "%s", errs)
	assert.JSONEq(t, `{"greeting":"Hello, Ada!","count":1,"recent":["Ada"]}`, out.String(), "nothing else is on stdout")
	assert.Contains(t, errs.String(), "acme.hello: build ")
	for _, entry := range cmd.Env {
		if state, ok := strings.CutPrefix(entry, "XDG_STATE_HOME="); ok && strings.Contains(state, "/dp") {
			left, err := filepath.Glob(filepath.Join(state, "devproxy", "*", "ci"))
			require.NoError(t, err)
			assert.Empty(t, left, "its state is gone")
		}
	}
}

func TestCI_runs_no_command_on_what_does_not_build(t *testing.T) {
	dir := uiOnly(t)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "manifest.json"), []byte("{"), 0o644))
	cmd, out, errs := pipeline(t, "--extension", dir, "--", "echo", "ran")
	assert.Equal(t, exitFailure, exitCode(t, cmd.Run()))
	assert.Empty(t, out.String())
	assert.Contains(t, errs.String(), "build_failed")
}

func TestCI_gives_up_when_not_everything_answers_in_time(t *testing.T) {
	nobody := httptest.NewServer(nil)
	nobody.Close()
	cmd, out, errs := pipeline(t, "--extension", uiOnly(t), "--backend", nobody.URL, "--timeout", "200ms", "--", "echo", "ran")
	assert.Equal(t, exitFailure, exitCode(t, cmd.Run()))
	assert.Empty(t, out.String())
	assert.Contains(t, errs.String(), "not_ready")
	assert.Contains(t, errs.String(), "backend url is down")
}

func TestCI_without_a_command_or_an_extension_says_what_is_missing(t *testing.T) {
	for _, c := range []struct{ args, says string }{{"ci", "write 'devproxy ci -- COMMAND'"}, {"ci -- true", "extension_not_found"}, {"ci --extension x -- true", "extension_not_found"}} {
		code, _, errs := inFolder(t, nil, strings.Fields(c.args)...)
		assert.Equal(t, exitUsage, code)
		assert.Contains(t, errs, c.says)
	}
}

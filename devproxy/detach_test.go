package main

import (
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestUp_in_the_background_keeps_its_log_small(t *testing.T) {
	for _, form := range []string{"--json", "--json=false"} {
		t.Run(form, func(t *testing.T) {
			state := shortFolder(t)
			devproxy := func(args ...string) (string, error) {
				cmd := exec.Command(binary(t), args...)
				cmd.Dir, cmd.Env = state, append(os.Environ(), "XDG_STATE_HOME="+state)
				out, err := cmd.CombinedOutput()
				return string(out), err
			}
			out, err := devproxy("up", "-d", form, "--port", "0", "--", "sh", "-c", "yes 'much is said' | head -n 900000; exec sleep 1000")
			t.Cleanup(func() { _, _ = devproxy("down") })
			require.NoError(t, err, out)
			logs := filepath.Join(state, "devproxy", "*", "up.log")
			require.Eventually(t, func() bool {
				now, _ := filepath.Glob(logs)
				old, _ := filepath.Glob(logs + ".1")
				if len(now) != 1 || len(old) != 1 {
					return false
				}
				info, err := os.Stat(now[0])
				return err == nil && info.Size() <= logLimit
			}, startLimit, 50*time.Millisecond)
			old, err := filepath.Glob(logs + ".1")
			require.NoError(t, err)
			assert.Contains(t, readAll(t, old[0]), "much is said")
			out, err = devproxy("down")
			require.NoError(t, err, out)
		})
	}
}

func TestUp_in_the_background_prints_its_URL_and_is_ended_by_down(t *testing.T) {
	state := shortFolder(t)
	tmp := filepath.Join(state, "tmp")
	require.NoError(t, os.Mkdir(tmp, 0o700))
	devproxy := func(args ...string) (string, error) {
		cmd := exec.Command(binary(t), args...)
		cmd.Dir, cmd.Env = state, append(os.Environ(), "XDG_STATE_HOME="+state, "TMPDIR="+tmp)
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	out, err := devproxy("up", "--detach=true", "--port", "0")
	require.NoError(t, err, out)
	t.Cleanup(func() { _, _ = devproxy("down") })
	require.Regexp(t, `^Open http://localhost:\d+ `, out)
	code, _ := fetch(t, strings.Fields(out)[1]+"/health")
	assert.Equal(t, 200, code)

	again, err := devproxy("up", "-d", "--port", "0")
	var exit *exec.ExitError
	require.ErrorAs(t, err, &exit)
	assert.Equal(t, exitPort, exit.ExitCode(), again)
	assert.Contains(t, again, "already_running")

	out, err = devproxy("down")
	require.NoError(t, err, out)
	_, err = http.Get(strings.Fields(out)[0])
	assert.Error(t, err)

	out, err = devproxy("up", "-d", "--port", "0", "--app", "/nowhere")
	require.ErrorAs(t, err, &exit)
	assert.Equal(t, exitUsage, exit.ExitCode(), "the exit code of the one in the background")
	assert.Contains(t, out, "app_invalid")
	assert.Equal(t, 1, strings.Count(out, "fix:"), "its own: %s", out)
}

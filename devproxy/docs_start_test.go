package main

import (
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// documentedIn runs a devproxy command of the documentation in a folder, with
// state of its own.
func documentedIn(t *testing.T, dir, command string) (string, error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "sh", "-c", command)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "XDG_STATE_HOME="+shortFolder(t), "PATH="+filepath.Dir(binary(t))+":"+os.Getenv("PATH"))
	output, err := cmd.CombinedOutput()
	return string(output), err
}

func initInFolder(t *testing.T, command string) {
	dir := t.TempDir()
	output, err := documentedIn(t, dir, command)
	require.NoError(t, err, output)
	assert.FileExists(t, filepath.Join(dir, strings.Fields(command)[2], "manifest.json"))
}

// upAndInterrupt runs a command in an extension's folder, opens its page, and
// presses Ctrl-C.
func upAndInterrupt(t *testing.T, command string) {
	s := startWithin(t, startLimit, upCommand(t, uiOnly(t), command))
	code, _ := fetch(t, s.url+s.uiURL(t, http.DefaultClient))
	assert.Equal(t, http.StatusOK, code)
	assertEndsOnInterrupt(t, s)
}

// upCommand adds only a free port.
func upCommand(t *testing.T, dir, command string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(binary(t), append(strings.Fields(command)[1:], "--port", "0")...)
	cmd.Dir = dir
	return cmd
}

// askStatus runs a command against a devproxy of its own.
func askStatus(t *testing.T, command string) {
	s := startWithin(t, startLimit, upCommand(t, uiOnly(t), "devproxy up"))
	out, err := s.command(t, strings.Fields(command)[1:]...).Output()
	require.NoError(t, err)
	assert.Contains(t, string(out), "embedded")
}

func checkInPipeline(t *testing.T, command string) {
	hello(t) // or skip: there is no Node
	output, err := documentedIn(t, "..", command)
	require.NoError(t, err, output)
	assert.Contains(t, output, "acme.hello: build ")
}

// examineFolder takes whichever exit code fits this machine; what doctor finds
// is tested elsewhere.
func examineFolder(t *testing.T, command string) {
	output, err := documentedIn(t, uiOnly(t), command)
	if err != nil {
		assert.Equal(t, exitFailure, exitCode(t, err), output)
	}
	assert.Contains(t, output, "configuration")
}

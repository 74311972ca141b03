package main

import (
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

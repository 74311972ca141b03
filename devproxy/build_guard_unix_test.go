//go:build unix

package main

import (
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

// lasting is a script that says who runs it, and who runs below it, in the file
// `running` of the folder, and ends when it is made to.
const lasting = `trap '' TERM; sleep 300 & echo $$ $! > running.new; mv running.new running; wait; wait`

func TestBuild_that_is_killed_takes_the_commands_and_their_children_along(t *testing.T) {
	if _, err := exec.LookPath("npm"); err != nil {
		unavailable(t, "npm is not installed")
	}
	dir := uiOnly(t)
	for name, text := range map[string]string{"lasting.sh": lasting, "package.json": `{"scripts":{"build:ui":"sh ./lasting.sh"}}`} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
	}
	cmd := exec.CommandContext(t.Context(), binary(t), "build")
	cmd.Dir = dir
	assertKilledLeavesNone(t, cmd)
}

func TestCI_that_is_killed_takes_its_command_along(t *testing.T) {
	cmd, _, _ := pipeline(t, "--extension", uiOnly(t), "--", "sh", "-c", lasting)
	cmd.Dir = t.TempDir()
	assertKilledLeavesNone(t, cmd)
}

// assertKilledLeavesNone runs devproxy until its command does, and kills it.
func assertKilledLeavesNone(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	if cmd.Env == nil {
		cmd.Env = append(os.Environ(), "XDG_STATE_HOME="+shortFolder(t))
	}
	cmd.Env = append(cmd.Env, "TMPDIR="+shortFolder(t)) // who is killed removes nothing
	require.NoError(t, cmd.Start())
	var pids []string
	require.EventuallyWithT(t, func(c *assert.CollectT) {
		text, err := os.ReadFile(filepath.Join(cmd.Dir, "running"))
		require.NoError(c, err)
		pids = strings.Fields(string(text))
	}, startLimit, 10*time.Millisecond)
	require.Len(t, pids, 2)
	require.NoError(t, cmd.Process.Kill())
	require.Error(t, cmd.Wait())
	for _, pid := range pids {
		if !assert.Eventually(t, func() bool { return !isAlive(t, pid) }, endLimit, 10*time.Millisecond, "process %s is left", pid) {
			number, err := strconv.Atoi(pid)
			require.NoError(t, err)
			assert.NoError(t, syscall.Kill(number, syscall.SIGKILL))
		}
	}
}

//go:build unix

package main

import (
	"bufio"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestServer_ends_with_the_children_that_hold_its_output(t *testing.T) {
	for what, script := range map[string]string{
		"one that must be killed":      `trap "" INT; sleep 600 & echo $!; wait`,
		"one that ends without them":   `trap "exit 0" INT; sleep 600 & echo $!; wait`,
		"one that has ended by itself": `sleep 600 & echo $!`,
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			s, child := beginShell(t, script)
			s.stopWithin(100 * time.Millisecond)
			require.Eventually(t, func() bool { return hasEnded(child) }, 20*time.Second, 10*time.Millisecond)
		})
	}
}

// beginShell returns once the script has said which its child is.
func beginShell(t *testing.T, script string) (s *server, child int) {
	t.Helper()
	said, into, err := os.Pipe()
	require.NoError(t, err)
	defer said.Close()
	command := exec.Command("sh", "-c", script)
	command.Stdout = into
	s, err = begin("shell", "", "", command)
	require.NoError(t, into.Close())
	require.NoError(t, err)
	t.Cleanup(func() { killGroup(command) })
	line, err := bufio.NewReader(said).ReadString('\n')
	require.NoError(t, err)
	child, err = strconv.Atoi(strings.TrimSpace(line))
	require.NoError(t, err)
	return s, child
}

// hasEnded is also true of one whose parent has not asked about it yet.
func hasEnded(pid int) bool {
	if syscall.Kill(pid, 0) != nil {
		return true
	}
	state, err := exec.Command("ps", "-o", "stat=", "-p", strconv.Itoa(pid)).Output()
	return err != nil || strings.HasPrefix(strings.TrimSpace(string(state)), "Z")
}

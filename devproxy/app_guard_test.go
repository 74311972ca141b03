//go:build unix

package main

import (
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/shirou/gopsutil/v4/process"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// children are the processes that the app has named in its output.
func (s *started) children(t *testing.T, count int) []string {
	t.Helper()
	var pids []string
	require.Eventually(t, func() bool {
		pids = nil
		for line := range strings.Lines(s.output.String()) {
			if pid, ok := strings.CutPrefix(line, "[app] child "); ok && strings.HasSuffix(line, "\n") {
				pids = append(pids, strings.TrimSpace(pid))
			}
		}
		return len(pids) == count
	}, startLimit, 10*time.Millisecond, "%s", s.output)
	return pids
}

func TestUp_that_is_killed_takes_the_app_and_its_children_along(t *testing.T) {
	for name, app := range map[string]string{
		"one that ends when it is asked": "sleep 300 & echo child $!; echo child $$; wait",
		"one that does not":              "trap '' TERM; sleep 300 & echo child $!; echo child $$; wait; wait",
		"one with a child that does not": "(trap '' TERM; sleep 300) & echo child $!; echo child $$; wait",
	} {
		t.Run(name, func(t *testing.T) {
			s := startUp(t, "--", "sh", "-c", app)
			pids := s.children(t, 2)
			require.NoError(t, s.cmd.Process.Signal(syscall.SIGKILL))
			<-s.exited
			for _, pid := range pids {
				assert.Eventually(t, func() bool { return !isAlive(t, pid) }, endLimit, 10*time.Millisecond, "process %s is left", pid)
			}
		})
	}
}

func TestUp_that_is_stopped_in_order_leaves_no_guard(t *testing.T) {
	s := startUp(t, "--", "sh", "-c", "echo child $$; exec sleep 300")
	group := s.children(t, 1)[0]
	guards := inGroup(t, group)
	require.Len(t, guards, 2, "the app and its guard")
	_, err := s.interrupt(t)
	require.NoError(t, err)
	assert.Empty(t, inGroup(t, group))
}

// inGroup lists the processes of a group that are alive.
func inGroup(t *testing.T, group string) (pids []string) {
	t.Helper()
	all, err := process.Pids()
	require.NoError(t, err)
	for _, pid := range all {
		number, err := syscall.Getpgid(int(pid))
		if err == nil && strconv.Itoa(number) == group && isAlive(t, strconv.Itoa(int(pid))) {
			pids = append(pids, strconv.Itoa(int(pid)))
		}
	}
	return pids
}

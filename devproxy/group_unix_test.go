//go:build unix

package main

import (
	"errors"
	"os"
	"os/exec"
	"syscall"
)

// leadsGroup has cmd begin a process group, as a shell would.
func leadsGroup(cmd *exec.Cmd) {
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = new(syscall.SysProcAttr)
	}
	cmd.SysProcAttr.Setpgid = true
}

func killGroup(leader *os.Process) error { return syscall.Kill(-leader.Pid, syscall.SIGKILL) }

func interruptGroup(leader *os.Process) error { return syscall.Kill(-leader.Pid, syscall.SIGINT) }

// groupEnded asks, with the signal 0, whether nobody of the group is left.
func groupEnded(leader *os.Process) bool {
	return errors.Is(syscall.Kill(-leader.Pid, 0), syscall.ESRCH)
}

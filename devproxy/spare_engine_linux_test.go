package main

import (
	"os/exec"
	"syscall"
)

// endsWithUs has the engine end in order when the test's process is killed. It
// leads a group, so that Ctrl-C is not its own.
func endsWithUs(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM}
}

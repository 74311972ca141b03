//go:build unix

package build

import (
	"os/exec"
	"syscall"
)

func shell(text string) []string { return []string{"sh", "-c", text} }

// ownSession gives the build a process group, so that it can be ended with
// all it starts, and takes the terminal from it: nothing can ask questions
// there, and Ctrl-C reaches it through us alone.
func ownSession(c *exec.Cmd) { c.SysProcAttr = &syscall.SysProcAttr{Setsid: true} }

func terminate(c *exec.Cmd) error { return syscall.Kill(-c.Process.Pid, syscall.SIGTERM) }

// kill ends the group by force; mostly it is gone already.
func kill(c *exec.Cmd) { _ = syscall.Kill(-c.Process.Pid, syscall.SIGKILL) }

//go:build unix

package main

import (
	"os/exec"
	"syscall"
)

// ownGroup gives the app a process group, so that whatever it starts can be
// ended with it, and Ctrl-C in the terminal reaches it through us alone.
func ownGroup(c *exec.Cmd) { c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

// The group may be gone already, so errors say nothing.

func terminate(c *exec.Cmd) { _ = syscall.Kill(-c.Process.Pid, syscall.SIGTERM) }

func kill(c *exec.Cmd) { _ = syscall.Kill(-c.Process.Pid, syscall.SIGKILL) }

//go:build unix

package main

import (
	"os/exec"
	"syscall"
)

// ownGroup gives a contestant a process group, so that its children can be
// ended with it.
func ownGroup(c *exec.Cmd) { c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

// killGroup says nothing of a group that is gone already.
func killGroup(c *exec.Cmd) { _ = syscall.Kill(-c.Process.Pid, syscall.SIGKILL) }

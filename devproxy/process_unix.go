//go:build unix

package main

import (
	"os"
	"os/exec"
	"os/signal"
	"syscall"
)

// ownGroup gives the app a process group, so that whatever it starts can be
// ended with it, and Ctrl-C in the terminal reaches it through us alone.
func ownGroup(c *exec.Cmd) { c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

// The group may be gone already, so errors say nothing.

func terminate(c *exec.Cmd) { _ = syscall.Kill(-c.Process.Pid, syscall.SIGTERM) }

func kill(c *exec.Cmd) { _ = syscall.Kill(-c.Process.Pid, syscall.SIGKILL) }

// ignoreSignals keeps a closed pipe, and signals that mean something to Caddy
// only, from ending the process.
func ignoreSignals() { signal.Ignore(syscall.SIGPIPE, syscall.SIGUSR1, syscall.SIGUSR2) }

// isOurs says whether the file belongs to this user.
func isOurs(info os.FileInfo) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(stat.Uid) == os.Getuid()
}

// ownSession lets the process outlive the terminal.
func ownSession(c *exec.Cmd) { c.SysProcAttr = &syscall.SysProcAttr{Setsid: true} }

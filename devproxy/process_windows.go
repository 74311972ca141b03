package main

import (
	"os"
	"os/exec"
	"strconv"
)

func ownGroup(*exec.Cmd) {}

// Windows has no signal to ask with; taskkill ends the tree.

func terminate(c *exec.Cmd) { kill(c) }

func kill(c *exec.Cmd) {
	_ = exec.Command("taskkill", "/T", "/F", "/PID", strconv.Itoa(c.Process.Pid)).Run()
}

// guard does nothing: on Windows the app outlives a devproxy that is killed.
func guard(*exec.Cmd) error { return nil }

func ignoreSignals() {}

// isOurs leaves the question to the file system's access lists.
func isOurs(os.FileInfo) bool { return true }

func ownSession(*exec.Cmd) {}

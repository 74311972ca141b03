package main

import (
	"os/exec"
	"strconv"
)

func ownGroup(*exec.Cmd) {}

// Windows has no signal to ask with; taskkill ends the tree.

func terminate(c *exec.Cmd) { kill(c) }

func kill(c *exec.Cmd) {
	_ = exec.Command("taskkill", "/T", "/F", "/PID", strconv.Itoa(c.Process.Pid)).Run()
}

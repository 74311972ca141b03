package main

import "os/exec"

// ownGroup: there are no process groups here.
func ownGroup(*exec.Cmd) {}

func killGroup(c *exec.Cmd) { _ = c.Process.Kill() }

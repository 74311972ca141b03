package main

import (
	"os"
	"os/exec"
)

// Windows has no process groups to send signals to: a test sees the leader alone.

func leadsGroup(*exec.Cmd) {}

func killGroup(leader *os.Process) error { return leader.Kill() }

func interruptGroup(leader *os.Process) error { return leader.Signal(os.Interrupt) }

func groupEnded(leader *os.Process) bool { return leader.Signal(os.Kill) != nil }

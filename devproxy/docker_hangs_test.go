package main

import (
	"os/exec"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestDocker_an_engine_that_hangs_keeps_nobody_from_ending(t *testing.T) {
	l := newLine(t)
	p := newComposeProject(t, "")
	cmd := exec.Command(binary(t), "up", "--port", "0")
	cmd.Dir, cmd.Env = p.dir, []string{"DOCKER_HOST=unix://" + l.socket}
	s := startWithin(t, startLimit, cmd)
	awaitBuild(t, s, "first")
	l.hang()
	defer l.flow.Unlock() // also when it fails: the line is cut in the end, once nobody waits
	for range 20 {
		code, _ := fetch(t, s.url+"/runner/x")
		assert.Equal(t, 200, code, "the container is there, whatever its engine does")
	}
	_, _ = s.interrupt(t) // which has a limit
}

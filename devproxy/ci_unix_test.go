//go:build unix

package main

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestCI_interrupted_ends_the_command_and_says_so(t *testing.T) {
	cmd, _, errs := pipeline(t, "--extension", uiOnly(t), "--", "sh", "-c", `kill -INT $PPID; while :; do sleep 1; done`)
	leadsGroup(cmd)
	assert.Equal(t, exitForced, exitCode(t, cmd.Run()), "%s", errs)
	assert.Contains(t, errs.String(), "interrupted")
}

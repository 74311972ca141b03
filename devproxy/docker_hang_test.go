package main

import (
	"net/http"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestDocker_a_paused_runner_is_named_and_brought_back(t *testing.T) {
	p := newComposeProject(t, "")
	s := p.up()
	awaitBuild(t, s, "first")
	name := strings.Fields(p.containers()[0])[0]
	require.NoError(t, exec.Command("docker", "pause", name).Run())
	require.Eventually(t, func() bool { return strings.Contains(s.output.String(), "runner_hung") }, time.Minute, 10*time.Millisecond, "%s", s.output)
	assert.Contains(t, s.output.String(), "it does not answer: 3 probes in a row failed, the last one with: it is paused")
	awaitBuild(t, s, "first")
	require.Eventually(t, func() bool {
		res, err := http.Get(s.url + "/runner/x")
		if err != nil {
			return false
		}
		res.Body.Close()
		return res.StatusCode == http.StatusOK
	}, time.Minute, 10*time.Millisecond, "%s", s.output)
	assert.Equal(t, []string{name + " running"}, p.containers())
}

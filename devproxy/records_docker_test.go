package main

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestReplay_compares_backends_and_trace_reaches_into_the_container(t *testing.T) {
	dockerEngine(t)
	s := startUp(t, "--backend", "docker", "--extension", hello(t))
	s.removedAfter(t)
	out, err := s.command(t, "wait", "--for", "docker=up", "--timeout", "5m").CombinedOutput()
	require.NoError(t, err, "%s", out)
	s.waitForHandlers(t)
	id := post(t, s.url+"/api/ext/acme.hello/greet", `{"name":"Ada"}`)

	_, text, _ := s.said(t, "trace", id)
	assert.Contains(t, text, "docker #1")
	assert.Regexp(t, `(?m)ms  backend   docker executes$`, text)
	assert.Regexp(t, `(?m)ms  host      storage#put hello/guestbook → ok$`, text)
	assert.Regexp(t, `(?m)ms +handler   info greeting number 1$`, text)
	_, text, _ = s.said(t, "capabilities")
	assert.Contains(t, text, "storage#put 1×")

	// a first call, which compiles the handler there, may take longer than a call may
	require.Eventually(t, func() bool {
		_, first := s.replays(t, id, "--backend", "embedded")
		return len(first) == 1 && first[0].Runs[0].Code == ""
	}, compileLimit, 100*time.Millisecond)
	for range 20 { // far more than it took
		post(t, s.url+"/api/ext/acme.hello/greet", `{"name":"Ada"}`)
	}

	// each has a storage of its own, so the numbers differ, and nothing else
	code, replays := s.replays(t, id, "--backend", "embedded,docker")
	assert.Equal(t, exitFailure, code)
	require.Len(t, replays, 1)
	assert.Equal(t, "embedded", replays[0].Against)
	require.Len(t, replays[0].Runs, 2)
	assert.Empty(t, replays[0].Runs[0].Differences)
	require.Len(t, replays[0].Runs[1].Differences, 1, "%+v", replays[0].Runs)
	assert.Equal(t, "body.count", replays[0].Runs[1].Differences[0].Path)
	code, _ = s.replays(t, id, "--backend", "embedded,docker", "--ignore", "body.count")
	assert.Zero(t, code)

	// also while the other one is selected, whose handler runs from its source
	out, err = s.command(t, "use", "embedded").CombinedOutput()
	require.NoError(t, err, "%s", out)
	code, replays = s.replays(t, id, "--backend", "embedded,docker", "--ignore", "body.count")
	assert.Zero(t, code, "%+v", replays)
	assert.Len(t, replays[0].Runs, 2)
	_, err = s.interrupt(t)
	assert.NoError(t, err)
}

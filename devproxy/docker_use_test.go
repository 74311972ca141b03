package main

import (
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestDocker_is_started_when_it_is_first_used_and_stopped_by_choice(t *testing.T) {
	p := newComposeProject(t, "")
	s := p.up("--backend", "embedded")
	assert.Empty(t, p.containers(), "nobody has asked for it")
	code, _, errs := command(t, s, "wait", "--for", "docker=up", "--timeout", "50ms")
	assert.Equal(t, exitFailure, code)
	assert.Contains(t, errs, "backend docker is stopped")

	code, out, errs := command(t, s, "use", "docker")
	require.Zero(t, code, errs)
	assert.Equal(t, "docker gets the requests\n", out)
	awaitBuild(t, s, "first")
	code, _, errs = command(t, s, "wait", "--for", "backend=up")
	assert.Zero(t, code, errs)

	code, _, errs = command(t, s, "use", "embedded")
	require.Zero(t, code, errs)
	assert.Len(t, p.containers(), 1, "it stays warm")
	began := time.Now()
	code, _, errs = command(t, s, "use", "docker")
	require.Zero(t, code, errs)
	assert.Less(t, time.Since(began), 3*time.Second)

	slow, err := http.Get(s.url + "/runner/sse")
	require.NoError(t, err)
	defer slow.Body.Close()
	code, _, errs = command(t, s, "use", "embedded", "--stop-old")
	require.Zero(t, code, errs)
	_, _ = io.Copy(io.Discard, slow.Body) // ends with its container
	assert.Empty(t, p.containers())
	code, _, errs = command(t, s, "status")
	assert.Zero(t, code, errs)
	_, err = s.interrupt(t)
	assert.NoError(t, err)
}

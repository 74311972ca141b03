package main

import (
	"io"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/caddymodule/runnerstatus"
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
	warm := p.containers()
	assert.Len(t, warm, 1, "it stays warm")
	code, _, errs = command(t, s, "use", "docker")
	require.Zero(t, code, errs)
	assert.Equal(t, warm, p.containers(), "nothing was built or started for it")

	assert.Contains(t, metricsOf(t, s), `devproxy_live_generation{backend="docker"} 1`)
	slow, err := http.Get(s.url + "/runner/sse")
	require.NoError(t, err)
	defer slow.Body.Close()
	code, _, errs = command(t, s, "use", "embedded", "--stop-old")
	require.Zero(t, code, errs)
	_, _ = io.Copy(io.Discard, slow.Body) // ends with its container
	assert.Empty(t, p.containers())
	assert.NotContains(t, metricsOf(t, s), "devproxy_live_generation{")
	code, _, errs = command(t, s, "status")
	assert.Zero(t, code, errs)
	_, err = s.interrupt(t)
	assert.NoError(t, err)
}

// metricsOf is what Prometheus is told.
func metricsOf(t *testing.T, s *started) string {
	t.Helper()
	var text []byte
	require.NoError(t, newAdmin(projectOf(t, s)).do(t.Context(), http.MethodGet, "/metrics", func(body io.Reader) (err error) {
		text, err = io.ReadAll(body)
		return err
	}))
	return string(text)
}

func TestDocker_that_takes_over_from_a_handler_in_source_answers_at_once(t *testing.T) {
	dockerEngine(t)
	w := newExtension(t).up()
	w.removedAfter(t)
	w.waitForHandlers(t)
	w.hasStatus("it runs from its source", func(e runnerstatus.Extension) bool { return e.Handler.Mode == "source" })
	assert.NoFileExists(t, w.path("dist/main.wasm"), "a container could execute nothing yet")
	code, _, errs := command(t, w.started, "use", "docker", "--wait", "--timeout", (componentizeLimit + startLimit).String())
	require.Zero(t, code, "%s\n%s", errs, w.output)
	res, err := http.Get(w.url + "/api/ext/" + loopID + "/version")
	require.NoError(t, err)
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	assert.Equal(t, http.StatusOK, res.StatusCode, "%s", body)
	assert.Equal(t, "docker", res.Header.Get("X-Runner-Backend"))
	assert.JSONEq(t, `{"handler":"handler-0"}`, string(body))
	_, err = w.interrupt(t)
	assert.NoError(t, err)
}

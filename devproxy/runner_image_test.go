package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/caddymodule/runner/guest/guesttest"
	"github.com/same-origin/devproxy/caddymodule/runner/image"
	"github.com/same-origin/devproxy/compose/docker"
	"github.com/same-origin/devproxy/compose/stack"
)

// runnerStack brings the repository's compose project up, with the test
// component "limits" as an extension; nothing of it is left after the test.
func runnerStack(t *testing.T, engine *docker.Engine) *stack.Stack {
	t.Helper()
	component := guesttest.Component(t, "limits")
	program, err := image.Binary(t.Context(), image.Options{})
	require.NoError(t, err)
	loaded, dir := runnerProject(t)
	require.NoError(t, image.Place(program, filepath.Join(dir, ".runner-image")))
	extension := filepath.Join(dir, "examples", "limits")
	for name, content := range map[string]string{
		"manifest.json":  `{"name":"limits","publisher":"acme","version":"1.0.0","runtime":"wasm-js@1","ui":{"type":"iframe","entry":"ui/index.html"}}`,
		"ui/index.html":  "<title>limits</title>",
		"dist/main.wasm": string(component),
	} {
		require.NoError(t, os.MkdirAll(filepath.Dir(filepath.Join(extension, name)), 0o755))
		require.NoError(t, os.WriteFile(filepath.Join(extension, name), []byte(content), 0o600))
	}
	name := loaded.Compose.Name
	s, err := stack.New(stack.Options{Engine: engine, Project: loaded, Instance: name, Runner: "extension-runner", Port: image.Port})
	require.NoError(t, err)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), startLimit)
		defer cancel()
		s.Settle()
		assert.NoError(t, errors.Join(s.Down(ctx, true), engine.RemoveImage(ctx, name+":test"), s.Prune(ctx)))
	})
	require.NoError(t, s.Up(t.Context()))
	return s
}

func TestRunnerImage_gets_healthy_in_a_container_serves_extensions_and_stops_with_0(t *testing.T) {
	engine := dockerEngine(t)
	s := runnerStack(t, engine)
	live := s.Live()
	base := "http://" + live.Address

	page, err := http.Get(base + "/ext-ui/acme.limits/sha256:00/index.html")
	require.NoError(t, err)
	defer page.Body.Close()
	body, err := io.ReadAll(page.Body)
	require.NoError(t, err)
	assert.Equal(t, "<title>limits</title>", string(body))
	assert.Equal(t, "315", executeIn(t, base))

	require.Eventually(t, func() bool {
		container, err := engine.Inspect(t.Context(), live.Container)
		return err == nil && container.Health == docker.HealthHealthy
	}, startLimit, 100*time.Millisecond, "the engine's own health check")
	var said bytes.Buffer
	code, err := engine.Exec(t.Context(), live.Container, docker.ExecSpec{Cmd: append(image.HealthCheck(), "--url", "http://127.0.0.1:1"), Stderr: &said})
	require.NoError(t, err)
	assert.Equal(t, exitFailure, code)
	assert.Contains(t, said.String(), "runner_unhealthy")

	require.NoError(t, engine.StopContainer(t.Context(), live.Container, -1))
	stopped, err := engine.Inspect(t.Context(), live.Container)
	require.NoError(t, err)
	assert.Zero(t, stopped.ExitCode)
}

// executeIn calls the handler's /cpu.
func executeIn(t *testing.T, base string) string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, base+"/v1/execute", strings.NewReader(
		`{"context":{"tenant_id":"local","extension_id":"acme.limits","content_hash":"sha256:00"},`+
			`"http":{"method":"GET","path":"/cpu"},"limits":{"timeout_ms":60000}}`))
	require.NoError(t, err)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("X-Alga-Tenant", "local")
	req.Header.Set("X-Alga-Extension", "acme.limits")
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	var envelope struct {
		Body  []byte  `json:"body_b64"`
		Error *string `json:"error"`
	}
	require.NoError(t, json.NewDecoder(resp.Body).Decode(&envelope))
	require.Nil(t, envelope.Error)
	return string(envelope.Body)
}

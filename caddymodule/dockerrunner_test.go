package caddymodule

import (
	"io"
	"net/http"
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/compose/docker"
	"github.com/same-origin/devproxy/compose/runnerclient/signature"
)

func TestDockerRunner_in_a_site_checks_what_was_sent_and_remembers_over_reloads(t *testing.T) {
	site := "handle_path /engine/* {\n\tdocker_runner {\n\t\tsecret s3cret\n\t\tstate_dir " + t.TempDir() + "\n\t}\n}"
	s := serve(t, "", site)
	message, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.url+"/engine/v1/nothing?x=%2F", nil)
	require.NoError(t, err)
	ask := func() (int, string) {
		t.Helper()
		response, err := noRedirects.Do(message)
		require.NoError(t, err)
		defer response.Body.Close()
		text, err := io.ReadAll(response.Body)
		require.NoError(t, err)
		return response.StatusCode, string(text)
	}
	status, body := ask()
	assert.Equal(t, http.StatusUnauthorized, status)
	assert.Contains(t, body, `"code":"missing_headers"`)
	signature.Sign(message.Header, []byte("s3cret"), "GET", "/engine/v1/nothing?x=%2F", nil)
	status, body = ask()
	assert.Equal(t, http.StatusNotFound, status)
	assert.Contains(t, body, `"code":"route_not_found"`)
	s.load("hold 1s", site)
	status, body = ask()
	assert.Equal(t, http.StatusUnauthorized, status)
	assert.Contains(t, body, `"code":"replayed_nonce"`)
}

func TestDockerRunner_in_a_site_serves_streams_that_outlive_a_reload_unless_they_are_off(t *testing.T) {
	found, err := docker.Connect(t.Context(), docker.Options{})
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skip("needs a container engine: ", err)
	}
	defer found.Close()
	state := t.TempDir()
	site := func(more string) string {
		return "docker_runner {\n\tsecret s3cret\n\tstate_dir " + state + more + "\n}"
	}
	s := serve(t, "", site(""))
	through := []string{"RUNNER_DOCKER_API=" + s.url, "DOCKER_RUNNER_SHARED_SECRET=s3cret"}
	engine, err := docker.Connect(t.Context(), docker.Options{Environ: through})
	require.NoError(t, err)
	defer engine.Close()
	conn, err := engine.Raw().Dial(t.Context())
	require.NoError(t, err)
	defer conn.Close()
	s.load("hold 1s", site(""))
	_, err = io.WriteString(conn, "GET /_ping HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
	require.NoError(t, err)
	answer, err := io.ReadAll(conn)
	require.NoError(t, err)
	assert.Contains(t, string(answer), "200 OK")

	s.load("", site("\n\tstreams off"))
	_, err = docker.Connect(t.Context(), docker.Options{Environ: through})
	var refused *docker.UnavailableError
	require.ErrorAs(t, err, &refused)
	assert.Equal(t, docker.CodeDenied, refused.Code())
	assert.Contains(t, refused.Fix(), "DOCKER_RUNNER_STREAMS")
}

func TestDockerRunner_without_a_secret_is_no_config(t *testing.T) {
	t.Setenv("DOCKER_RUNNER_SHARED_SECRET", "")
	s := serve(t, "", "")
	assert.ErrorContains(t, s.tryLoad("", "docker_runner"), "DOCKER_RUNNER_SHARED_SECRET must be set")
	_, err := adaptText(":0 {\n\tdocker_runner {\n\t\tsecrte x\n\t}\n}")
	assert.ErrorContains(t, err, `did you mean "secret"`)
}

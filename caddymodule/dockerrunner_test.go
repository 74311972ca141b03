package caddymodule

import (
	"context"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/compose/docker"
	"github.com/same-origin/devproxy/compose/registrytest"
	"github.com/same-origin/devproxy/compose/runnerclient"
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

func TestDockerRunner_takes_another_secret_at_a_reload_and_what_runs_goes_on(t *testing.T) {
	found, err := docker.Connect(t.Context(), docker.Options{})
	if err != nil {
		lacking(t, err.Error())
	}
	defer found.Close()
	state := t.TempDir()
	site := func(secret string) string {
		return "docker_runner {\n\tsecret " + secret + "\n\tstate_dir " + state + "\n}"
	}
	s := serve(t, "", site("first"))
	signed := func(secret string) *runnerclient.Client {
		client, err := runnerclient.New(runnerclient.Options{BaseURL: s.url, Secret: secret})
		require.NoError(t, err)
		t.Cleanup(client.Close)
		return client
	}
	first, second := signed("first"), signed("second")
	id := asleep(t, found, first)
	t.Cleanup(func() { // with the secret of then
		assert.NoError(t, second.Remove(context.Background(), id, runnerclient.RemoveOptions{Force: true}))
	})
	session, err := first.Interactive(t.Context(), id, runnerclient.InteractiveSpec{Args: []string{"/busybox", "sh", "-c", "read line; echo $line"}})
	require.NoError(t, err)
	defer session.Close()

	s.load("hold 1s", site("second"))
	require.NoError(t, second.Touch(t.Context(), id))
	var refused *runnerclient.RequestError
	require.ErrorAs(t, first.Touch(t.Context(), id), &refused)
	assert.Equal(t, "invalid_signature", refused.Code)
	_, err = io.WriteString(session, "finished\n")
	require.NoError(t, err)
	var out, errs strings.Builder
	code, err := session.Wait(&out, &errs)
	require.NoError(t, err)
	assert.Zero(t, code, errs.String())
	assert.Equal(t, "finished\n", out.String())
}

// asleep is a container that does nothing, of an image that goes with the test.
func asleep(t *testing.T, engine *docker.Engine, client *runnerclient.Client) (id string) {
	t.Helper()
	busybox, err := os.ReadFile("/bin/busybox")
	if err != nil {
		lacking(t, "needs a static /bin/busybox (package busybox-static): "+err.Error())
	}
	name := registrytest.New(t).Push("devproxytest/"+uuid.NewString()[:8], registrytest.Image{Programs: map[string][]byte{"/busybox": busybox}})
	t.Cleanup(func() { assert.NoError(t, engine.RemoveImage(context.Background(), name)) })
	id, err = client.Start(t.Context(), runnerclient.StartOptions{Image: name, Cmd: []string{"/busybox", "sleep", "1000"}})
	require.NoError(t, err)
	return id
}

func TestDockerRunner_without_a_secret_is_no_config(t *testing.T) {
	t.Setenv("DOCKER_RUNNER_SHARED_SECRET", "")
	s := serve(t, "", "")
	assert.ErrorContains(t, s.tryLoad("", "docker_runner"), "DOCKER_RUNNER_SHARED_SECRET must be set")
	_, err := adaptText(":0 {\n\tdocker_runner {\n\t\tsecrte x\n\t}\n}")
	assert.ErrorContains(t, err, `did you mean "secret"`)
}

package caddymodule

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/caddyserver/caddy/v2"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/caddymodule/runnerstatus"
)

// askAdmin calls the route as Caddy's admin endpoint does. An error would be a
// line in the log at level ERROR.
func askAdmin(t testing.TB, method, path string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, path, nil)
	w := httptest.NewRecorder()
	for _, route := range new(Admin).Routes() {
		if route.Pattern == r.URL.Path {
			require.NoError(t, route.Handler.ServeHTTP(w, r))
			return w
		}
	}
	require.Fail(t, "there is no such route", path)
	return nil
}

func TestAdmin_answers_what_a_client_does_wrong_without_an_error_for_the_log(t *testing.T) {
	t.Run("no runner", func(t *testing.T) {
		require.NoError(t, caddy.Stop())
		w := askAdmin(t, http.MethodGet, "/runner/status")
		assert.Equal(t, http.StatusNotFound, w.Code)
		assert.JSONEq(t, `{"error":"no runner is configured; add a runner block to the global options"}`, w.Body.String())
	})
	serve(t, "", "runner")
	w := askAdmin(t, http.MethodPost, "/runner/status")
	assert.Equal(t, http.StatusMethodNotAllowed, w.Code)
	assert.Equal(t, http.MethodGet, w.Header().Get("Allow"))
	w = askAdmin(t, http.MethodPost, "/runner/restart?service=db")
	assert.Equal(t, http.StatusConflict, w.Code)
	assert.Contains(t, w.Body.String(), "no docker backend runs")
}

func TestAdmin_tells_what_the_engine_does(t *testing.T) {
	serve(t, "extension "+extensionFolder(t, nil), "runner")
	var now runnerstatus.Snapshot
	require.NoError(t, json.Unmarshal(askAdmin(t, http.MethodGet, "/runner/status").Body.Bytes(), &now))
	assert.Equal(t, "embedded", now.Selected)
	require.Len(t, now.Extensions, 1)
	assert.Equal(t, "acme.hello", now.Extensions[0].ID)
	assert.Nil(t, now.Docker())
	assert.Zero(t, now.Generation())
}

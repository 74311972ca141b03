package caddymodule

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/caddymodule/internal/engine"
)

// boardState is what /__runner/dashboard/state says, as far as tests ask.
type boardState struct {
	Requests, Executes []struct {
		Method, Path, Backend, Code, Build string
		Status, Bytes                      int
		Execute                            *struct {
			Extension     string
			Input, Output int
		}
	}
	Lines  []struct{ Source, Message, Fields string }
	Access struct{ Actions []string }
}

func (s *caddyServer) board() (state boardState, text string) {
	s.t.Helper()
	text = s.get("/__runner/dashboard/state").body
	require.NoError(s.t, json.Unmarshal([]byte(text), &state), text)
	return state, text
}

func TestDashboard_tells_of_requests_and_calls_what_identifies_them_and_no_secret(t *testing.T) {
	other := upstream(t, func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/execute") {
			_, _ = io.WriteString(w, `{"status":201,"headers":{},"body_b64":"c3VwZXJwcml2YXRl"}`)
			return
		}
		_, _ = io.WriteString(w, "a page")
	})
	t.Setenv("API_KEY", "sk-very-secret")
	folder := extensionFolder(t, nil)
	s := serve(t, lines("backend other "+other.URL, "default other", "service_token t0k3n-of-service", "extension "+folder+" {", "secret API_KEY {env.API_KEY}", "config PLACE hidden-place", "}"), "runner")
	req := s.request("POST", "/api/ext/acme.hello/items?key=in-the-query", strings.NewReader("private words"))
	req.Header.Set("Authorization", "Bearer of-the-browser")
	assert.Equal(t, 201, s.do(req).status)
	assert.Equal(t, 200, s.get("/ext-ui/acme.hello/sha256:00/index.html").status)
	assert.Equal(t, 404, s.get("/runner/v1/secrets/sk-very-secret").status)
	assert.Equal(t, 404, s.get("/api/ext/acme.hello/nowhere").status)

	state, text := s.board()
	require.Len(t, state.Executes, 1)
	call := state.Executes[0]
	assert.Equal(t, "POST /api/ext/acme.hello/items other", strings.Join([]string{call.Method, call.Path, call.Backend}, " "))
	assert.Equal(t, "acme.hello", call.Execute.Extension)
	assert.Equal(t, len("private words"), call.Execute.Input)
	assert.Equal(t, len("superprivate"), call.Execute.Output)
	assert.Equal(t, 201, call.Status)
	assert.Len(t, call.Build, 12)
	require.Len(t, state.Requests, 3)
	assert.Equal(t, len("a page"), state.Requests[0].Bytes)
	assert.Equal(t, "not_exposed", state.Requests[1].Code)
	assert.Equal(t, "endpoint_not_found", state.Requests[2].Code)
	for _, private := range []string{"private words", "superprivate", "c3VwZXJwcml2YXRl", "in-the-query", "of-the-browser", "sk-very-secret", "t0k3n-of-service", "hidden-place"} {
		assert.NotContains(t, text, private)
	}
	assert.Contains(t, text, `{"name":"secrets","value":"API_KEY"}`)
	assert.Contains(t, text, `{"name":"service_token","value":"set"}`)
}

func TestDashboard_has_the_log_also_of_the_gateway_and_across_a_reload(t *testing.T) {
	s := serve(t, lines("backend other "+refusing(t), "default other", "extension "+extensionFolder(t, nil)), "runner")
	s.do(s.request("POST", "/api/ext/acme.hello/items", nil))
	s.load(lines("backend other "+refusing(t), "default other", "hold 1s"), "runner")
	state, text := s.board()
	assert.Contains(t, text, `"source":"gateway","extension":"acme.hello","message":"a handler could not be executed"`)
	require.Len(t, state.Executes, 1)
	assert.Equal(t, "runner_unreachable", state.Executes[0].Code)
}

func TestDashboard_on_the_origin_of_the_app_only_reads(t *testing.T) {
	s := serve(t, "extension "+extensionFolder(t, nil), "runner")
	page := s.get("/__runner/")
	assert.Equal(t, 200, page.status)
	assert.Contains(t, page.header.Get("Content-Security-Policy"), "frame-ancestors 'none'")
	state, _ := s.board()
	assert.Empty(t, state.Access.Actions)
	assert.Equal(t, 405, s.do(s.request("POST", "/__runner/dashboard/actions/build", nil)).status)
	assert.Equal(t, 405, s.do(s.request("POST", "/__runner/dashboard/session", nil)).status)
	assert.Equal(t, 404, s.get("/__runner/dashboard/actions/build").status)
}

func TestDashboard_has_the_actions_of_the_admin_endpoint_on_a_port_of_its_own(t *testing.T) {
	s := serve(t, lines("extension "+extensionFolder(t, nil), "backend other "+swapRunner(t, "other").URL), "runner")
	w := askAdmin(t, http.MethodPost, "/runner/dashboard?origin="+s.url)
	require.Equal(t, http.StatusOK, w.Code, w.Body.String())
	var opened DashboardAnswer
	require.NoError(t, json.Unmarshal(w.Body.Bytes(), &opened))
	base, key, _ := strings.Cut(opened.URL, "#key=")
	post := func(path, token string) answer {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, base+"dashboard/"+path, nil)
		require.NoError(t, err)
		req.Header.Set("Authorization", "Bearer "+token)
		return s.do(req)
	}
	assert.Equal(t, 401, post("actions/build", key).status)
	var session struct{ Token string }
	require.NoError(t, json.Unmarshal([]byte(post("session", key).body), &session))
	built := post("actions/build", session.Token)
	assert.Equal(t, 200, built.status)
	assert.Contains(t, built.body, `"id":"acme.hello"`)
	assert.Equal(t, 200, post("actions/use?backend=other", session.Token).status)
	assert.Equal(t, "other", live.Load().Selector().Current().Name())
	assert.Equal(t, 404, post("actions/use?backend=nowhere", session.Token).status)
	refused := post("actions/restart", session.Token)
	assert.Equal(t, 409, refused.status)
	assert.Contains(t, refused.body, "no docker backend runs")
	assert.Equal(t, http.StatusConflict, askAdmin(t, http.MethodPost, "/runner/dashboard?origin=nowhere").Code)
}

func TestDashboard_says_since_when_a_backend_is_what_it_is_though_nobody_looked(t *testing.T) {
	s := serve(t, lines("backend other "+upstream(t, func(http.ResponseWriter, *http.Request) {}).URL, "backend unset", "default other"), "runner")
	require.Eventually(t, func() bool { return strings.Contains(s.get("/health").body, `"status":"up","backend":"other"`) }, waitLong, waitStep)
	require.NoError(t, live.Load().Use(t.Context(), "other", engine.UseOptions{}))
	looked := time.Now()
	_, text := s.board()
	var state struct {
		Status struct {
			Since    map[string]time.Time
			Probes   map[string][]any
			Backends []struct{ Name, Status string }
		}
	}
	require.NoError(t, json.Unmarshal([]byte(text), &state))
	assert.True(t, state.Status.Since["other"].Before(looked), "it is not the time at which somebody looks")
	assert.True(t, state.Status.Since["embedded"].Before(looked))
	assert.Empty(t, state.Status.Probes["unset"], "there is nothing to ask")
	assert.Contains(t, state.Status.Backends, struct{ Name, Status string }{"unset", "not_configured"})
}

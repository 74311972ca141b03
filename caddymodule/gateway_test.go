package caddymodule

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/same-origin/devproxy/caddymodule/internal/backend"
	"github.com/same-origin/devproxy/caddymodule/runner/trace"
)

// executor is a runner that answers every execute with what answer says, and
// keeps the request.
func executor(t *testing.T, answer func(backend.ExecuteRequest) backend.ExecuteResponse) (*httptest.Server, <-chan backend.ExecuteRequest) {
	t.Helper()
	seen := make(chan backend.ExecuteRequest, 16)
	return upstream(t, func(w http.ResponseWriter, r *http.Request) {
		assert.Equal(t, "/v1/execute", r.URL.Path)
		assert.Equal(t, "acme.hello", r.Header.Get("X-Alga-Extension"))
		var in backend.ExecuteRequest
		assert.NoError(t, json.NewDecoder(r.Body).Decode(&in))
		seen <- in
		// the transport's own headers must never reach a browser (D7)
		w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
		w.Header().Set("Content-Type", "application/json")
		assert.NoError(t, json.NewEncoder(w).Encode(answer(in)))
	}), seen
}

func fixed(r backend.ExecuteResponse) func(backend.ExecuteRequest) backend.ExecuteResponse {
	return func(backend.ExecuteRequest) backend.ExecuteResponse { return r }
}

// gatewayTo serves the hello extension through the runner at address.
func gatewayTo(t *testing.T, address string) *caddyServer {
	t.Helper()
	return serve(t, lines("backend other "+address, "default other",
		"extension "+extensionFolder(t, nil)+" {\nsecret api_key s3cret\nconfig color red\n}"), "runner {\nmax_body 1MiB\n}")
}

func TestGateway_answers_with_the_envelope(t *testing.T) {
	runner, seen := executor(t, fixed(backend.ExecuteResponse{Status: 201, Body: []byte("made"), Headers: map[string]string{
		"content-type": "text/plain", "etag": `"1"`, "x-ext-note": "hi", "location": "/items/1",
		"set-cookie": "a=b", "access-control-allow-origin": "*", "x-frame-options": "none", "content-length": "999",
	}}))
	s := gatewayTo(t, runner.URL)
	req := s.request("POST", "/api/ext/acme.hello/items?a=1&a=2&b=%20", strings.NewReader(`{"x":1}`))
	for name, value := range map[string]string{
		"Content-Type": "application/json", "Accept": "text/plain", "Authorization": "Bearer x", "Cookie": "a=b", "X-Request-Id": "req-1", "X-Other": "no",
	} {
		req.Header.Set(name, value)
	}
	a := s.do(req)
	assert.Equal(t, 201, a.status)
	assert.Equal(t, "made", a.body)
	for name, want := range map[string]string{
		"Content-Type": "text/plain", "Etag": `"1"`, "X-Ext-Note": "hi", "Location": "/items/1", "X-Request-Id": "req-1", "Cache-Control": "no-store",
		"Set-Cookie": "", "Access-Control-Allow-Origin": "", "X-Frame-Options": "", "Content-Length": "4",
	} {
		assert.Equal(t, want, a.header.Get(name), name)
	}

	in := <-seen
	assert.Equal(t, "POST", in.HTTP.Method)
	assert.Equal(t, "/items", in.HTTP.Path)
	assert.Equal(t, map[string]string{"a": "2", "b": " "}, in.HTTP.Query)
	assert.Equal(t, `{"x":1}`, string(in.HTTP.Body))
	assert.Equal(t, map[string]string{"content-type": "application/json", "accept": "text/plain", "accept-encoding": "gzip", "user-agent": "Go-http-client/1.1", "x-request-id": "req-1"}, in.HTTP.Headers)
	assert.Equal(t, "req-1", in.Context.RequestID)
	assert.Equal(t, "local", in.Context.TenantID)
	assert.Equal(t, map[string]string{"color": "red"}, in.Context.Config)
	assert.Regexp(t, `^sha256:[0-9a-f]{64}$`, in.Context.ContentHash)
	assert.Equal(t, []string{"cap:storage.kv"}, in.Providers)
	assert.Equal(t, backend.ExecuteLimits{TimeoutMS: 5000, MemoryMB: 256}, in.Limits)
	assert.Equal(t, "eyJhcGlfa2V5IjoiczNjcmV0In0=", in.Secrets.Ciphertext)
	assert.NotEmpty(t, in.User.UserID)

	again := s.do(s.request("POST", "/api/ext/"+in.Context.InstallID+"/items", nil))
	assert.Equal(t, 201, again.status, "the install id names the extension too")
	assert.NotEmpty(t, again.header.Get("X-Request-Id"), "an id is minted when the client has none")
}

func TestGateway_refuses_what_it_cannot_pass_on(t *testing.T) {
	runner, _ := executor(t, fixed(backend.ExecuteResponse{Status: 200}))
	s := gatewayTo(t, runner.URL)
	for _, c := range []struct {
		method, path, body string
		header             map[string]string
		status             int
		code               string
	}{
		{"GET", "/api/ext/acme.other/items/1", "", nil, 404, "not_installed"},
		{"GET", "/api/ext/acme.hello/nowhere", "", nil, 404, "endpoint_not_found"},
		{"POST", "/api/ext/acme.hello/items/1", "", nil, 404, "endpoint_not_found"},
		{"GET", "/api/ext/acme.hello/items/1/2", "", nil, 404, "endpoint_not_found"},
		{"GET", "/api/ext/acme.hello/items/", "", nil, 404, "endpoint_not_found"},
		{"POST", "/api/ext/acme.hello/items/", "", nil, 404, "endpoint_not_found"},
		{"POST", "/api/ext/acme.hello/items", strings.Repeat("x", 1<<20+1), nil, 413, "payload_too_large"},
		{"OPTIONS", "/api/ext/acme.hello/items", "", nil, 405, "method_not_allowed"},
		{"TRACE", "/api/ext/acme.hello/items", "", nil, 405, "method_not_allowed"},
		{"POST", "/api/ext/acme.hello/items?__method=BREW", "", nil, 400, "invalid_request"},
		{"GET", "/api/ext//items", "", nil, 400, "invalid_request"},
		{"GET", "/api/ext/acme.hello/%2e%2e/items/1", "", nil, 400, "invalid_request"},
		{"POST", "/api/ext/acme.hello/items", "", map[string]string{"Sec-Fetch-Site": "cross-site"}, 403, "cross_origin"},
		{"POST", "/api/ext/acme.hello/items", "", map[string]string{"Origin": "null"}, 403, "cross_origin"},
		{"GET", "/api/ext/acme.hello/items/1", "", map[string]string{"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}, 403, "cross_origin"},
	} {
		req := s.request(c.method, "/", strings.NewReader(c.body))
		path, query, _ := strings.Cut(c.path, "?")
		req.URL.Opaque, req.URL.RawQuery = path, query
		for name, value := range c.header {
			req.Header.Set(name, value)
		}
		a := s.do(req)
		assert.Equal(t, c.status, a.status, "%s %s: %s", c.method, c.path, a.body)
		assert.Equal(t, c.code, a.code(t), "%s %s", c.method, c.path)
		assert.NotEmpty(t, a.header.Get("X-Request-Id"))
	}
}

func TestGateway_lets_a_POST_name_another_method(t *testing.T) {
	runner, seen := executor(t, fixed(backend.ExecuteResponse{Status: 204, Body: []byte("dropped")}))
	s := gatewayTo(t, runner.URL)
	for _, c := range []struct{ method, path, body, wantMethod, wantBody string }{
		{"POST", "/items/7?__method=delete", "", "DELETE", ""},
		{"POST", "/items/7", `{"__method":"PUT","x":1}`, "PUT", `{"x":1}`},
		{"POST", "/items/7?__method=PATCH", `{"__method":"PUT","x":1}`, "PATCH", `{"x":1}`},
		{"PUT", "/items/7?__method=DELETE", "", "PUT", ""},
		{"POST", "/items", `{"__method`, "POST", `{"__method`},
		{"POST", "/items", `[1]`, "POST", `[1]`},
	} {
		req := s.request(c.method, "/api/ext/acme.hello"+c.path, strings.NewReader(c.body))
		req.Header.Set("Content-Type", "application/json")
		a := s.do(req)
		require.Equal(t, 204, a.status, a.body)
		assert.Empty(t, a.body)
		in := <-seen
		assert.Equal(t, c.wantMethod, in.HTTP.Method, c)
		assert.Equal(t, c.wantBody, string(in.HTTP.Body), c)
		if c.method == "POST" {
			assert.NotContains(t, in.HTTP.Query, "__method")
		}
	}
}

func TestGateway_keeps_the_paths_encoding(t *testing.T) {
	runner, seen := executor(t, fixed(backend.ExecuteResponse{Status: 200}))
	s := gatewayTo(t, runner.URL)
	for _, path := range []string{"/items/what%3Fadmin=1", "/items/100%25", "/items/a%2Fb", "/items/%C3%BC"} {
		req := s.request("GET", "/", nil)
		req.URL.Opaque, req.URL.RawQuery = "/api/ext/acme.hello"+path, "q=1"
		require.Equal(t, 200, s.do(req).status, path)
		assert.Equal(t, path, (<-seen).HTTP.Path)
	}
}

func TestGateway_reports_what_the_envelope_reports(t *testing.T) {
	for _, c := range []struct {
		envelope backend.ExecuteResponse
		status   int
		code     string
		message  string
	}{
		{backend.ExecuteResponse{Status: 500, Error: "execute_failed: timed out after 100ms"}, 500, "execute_failed", "timed out after 100ms"},
		{backend.ExecuteResponse{Status: 400, Error: "unknown_capabilities: a, b"}, 400, "unknown_capabilities", "a, b"},
		{backend.ExecuteResponse{Status: 502, Error: "bundle_fetch_failed: none"}, 502, "bundle_fetch_failed", "none"},
		{backend.ExecuteResponse{Status: 500, Error: "secret_decrypt_failed"}, 500, "secret_decrypt_failed", "the runner reports secret_decrypt_failed"},
		{backend.ExecuteResponse{Status: 500, Error: "password hunter2"}, 500, "runner_error", "does not name"},
		{backend.ExecuteResponse{Status: 99}, 502, "runner_error", "status"},
	} {
		t.Run(c.code, func(t *testing.T) {
			runner, _ := executor(t, fixed(c.envelope))
			s := gatewayTo(t, runner.URL)
			a := s.do(s.request("POST", "/api/ext/acme.hello/items", nil))
			assert.Equal(t, c.status, a.status)
			assert.Equal(t, c.code, a.code(t))
			assert.Contains(t, a.body, c.message)
			assert.NotContains(t, a.body, "hunter2")
		})
	}
}

func TestAlga16_gateway_reports_a_runner_that_refuses_or_stalls(t *testing.T) {
	s := gatewayTo(t, refusing(t))
	a := s.do(s.request("POST", "/api/ext/acme.hello/items", nil))
	assert.Equal(t, 502, a.status)
	assert.Equal(t, "runner_unreachable", a.code(t))

	stalled := upstream(t, func(_ http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body) // a server notices that a client left once it has the body
		<-r.Context().Done()
	})
	s = serve(t, lines("backend other "+stalled.URL, "default other", "timeout 100ms", "extension "+extensionFolder(t, nil)), "runner")
	a = s.do(s.request("POST", "/api/ext/acme.hello/items", nil))
	assert.Equal(t, 504, a.status)
	assert.Equal(t, "runner_timeout", a.code(t))
}

func TestGateway_gives_a_backend_the_time_that_its_own_timeout_says(t *testing.T) {
	slow := upstream(t, func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		select {
		case <-r.Context().Done(): // the call was given up
		case <-time.After(time.Second):
			io.WriteString(w, `{"status":200}`)
		}
	})
	s := serve(t, lines("backend patient "+slow.URL+" {\ntimeout 5m\n}", "backend hasty "+slow.URL+" {\ntimeout 50ms\n}",
		"default patient", "timeout 100ms", "extension "+extensionFolder(t, nil)), "runner")
	assert.Equal(t, 200, s.do(s.request("POST", "/api/ext/acme.hello/items", nil)).status)
	require.Equal(t, http.StatusOK, askAdmin(t, http.MethodPost, "/runner/use?backend=hasty&force=1").Code)
	assert.Equal(t, "runner_timeout", s.do(s.request("POST", "/api/ext/acme.hello/items", nil)).code(t))
}

func TestGateway_says_how_long_a_cold_start_took(t *testing.T) {
	s := serve(t, lines("emulate knative {\ncold_start 60ms\nscale_down_after 1h\n}", "extension "+echoFolder(t)), "runner")
	cold := s.do(s.request("POST", "/api/ext/acme.echo/echo", nil))
	require.NotEmpty(t, cold.header.Get("X-Runner-Backend"), cold.body)
	require.Len(t, cold.header.Values("Server-Timing"), 1, "and not what the runner says of the handler")
	assert.Regexp(t, `^cold;dur=\d+\.\d;desc="emulated cold start"$`, cold.header.Get("Server-Timing"))
	assert.Empty(t, s.do(s.request("POST", "/api/ext/acme.echo/echo", nil)).header.Values("Server-Timing"))
}

func TestGateway_passes_on_nothing_that_a_runner_or_a_handler_says_of_time(t *testing.T) {
	runner := upstream(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Add("Server-Timing", "guest;dur=1.0")
		w.Header().Add("Server-Timing", `cold;dur=1.0;desc="secret"`)
		io.WriteString(w, `{"status":200,"headers":{"server-timing":"own;dur=2"}}`)
	})
	s := gatewayTo(t, runner.URL)
	a := s.do(s.request("POST", "/api/ext/acme.hello/items", nil))
	assert.Equal(t, 200, a.status, a.body)
	assert.Empty(t, a.header.Values("Server-Timing"))
}

func TestAlga15_gateway_without_a_base_URL_is_runner_not_configured(t *testing.T) {
	s := serve(t, lines("backend other", "default other", "extension "+extensionFolder(t, nil)), "runner")
	a := s.do(s.request("POST", "/api/ext/acme.hello/items", nil))
	assert.Equal(t, 500, a.status)
	assert.Equal(t, "runner_not_configured", a.code(t))
}

func TestAlga18_a_failing_runners_body_is_in_no_log_and_no_error(t *testing.T) {
	const marker = "S3CRET-MARKER"
	core, logs := observer.New(zap.DebugLevel)
	for name, answer := range map[string]http.HandlerFunc{
		"status 500":  func(w http.ResponseWriter, _ *http.Request) { http.Error(w, marker, 500) },
		"no envelope": func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintf(w, `{"status":"%s"}`, marker) },
		"not JSON":    func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, marker) },
	} {
		t.Run(name, func(t *testing.T) {
			s := gatewayTo(t, upstream(t, answer).URL)
			g := &Gateway{Prefix: "/api/ext/", MaxBody: 1 << 20, engine: live.Load(), log: zap.New(core), origin: http.NewCrossOriginProtection()}
			w := httptest.NewRecorder()
			req := httptest.NewRequest("POST", "/api/ext/acme.hello/items", nil)
			require.NoError(t, g.ServeHTTP(w, req, nil))
			assert.Equal(t, 502, w.Code)
			assert.NotContains(t, w.Body.String(), marker)
			assert.Equal(t, "runner_error", s.do(s.request("POST", "/api/ext/acme.hello/items", nil)).code(t))
		})
	}
	require.NotZero(t, logs.Len(), "failures are logged")
	for _, entry := range logs.All() {
		assert.NotContains(t, fmt.Sprint(entry.Message, entry.ContextMap()), marker)
		assert.Subset(t, keys(entry.ContextMap()), []string{"extension", "request_id", "backend", "code", "status"})
	}
}

func keys(m map[string]any) []string {
	var out []string
	for k := range m {
		out = append(out, k)
	}
	return out
}

func TestGateway_logs_what_a_handler_in_another_process_says_once(t *testing.T) {
	told := &trace.Trace{Lines: []trace.Line{{Level: "info", Text: "one client"}, {Level: "warn", Text: "no client"}, {Level: "fatal", Text: "the end"}}}
	runner, _ := executor(t, func(backend.ExecuteRequest) backend.ExecuteResponse {
		answer := backend.ExecuteResponse{Status: 200, Trace: told}
		told = &trace.Trace{Lines: told.Lines, Repeated: true}
		return answer
	})
	s := gatewayTo(t, runner.URL)
	core, logs := observer.New(zap.InfoLevel)
	g := &Gateway{Prefix: "/api/ext/", MaxBody: 1 << 20, engine: live.Load(), log: kept(live.Load(), zap.New(core)), origin: http.NewCrossOriginProtection()}
	for range 2 {
		req := httptest.NewRequest("POST", "/api/ext/acme.hello/items", nil)
		req.Header.Set("X-Request-Id", "req-1")
		require.NoError(t, g.ServeHTTP(httptest.NewRecorder(), req, nil))
	}
	var said []string
	for _, entry := range logs.All() {
		said = append(said, entry.Level.String()+" "+entry.Message)
		assert.Equal(t, map[string]any{"request_id": "req-1", "extension": "acme.hello", "source": "guest"}, entry.ContextMap())
	}
	assert.Equal(t, []string{"info one client", "warn no client", "info the end"}, said)
	_, board := s.board()
	assert.Equal(t, 1, strings.Count(board, `"source":"handler","extension":"acme.hello","message":"one client"`), board)
}

func TestGateway_can_be_switched_off(t *testing.T) {
	s := serve(t, "extension "+extensionFolder(t, nil), "runner {\ngateway off\n}\nrespond app 418")
	assert.Equal(t, 418, s.do(s.request("POST", "/api/ext/acme.hello/items", nil)).status)
	assert.Equal(t, 200, s.get("/health").status)
}

package caddymodule

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestAlga15_no_base_URL_is_runner_not_configured(t *testing.T) {
	s := serve(t, lines("backend elsewhere {env.NO_SUCH_VARIABLE}", "default elsewhere"), "runner")
	a := s.get("/runner/ext-ui/acme.x/sha256:ab/index.html")
	assert.Equal(t, 500, a.status)
	assert.Equal(t, "runner_not_configured", a.code(t))
	assert.Equal(t, "no-store", a.header.Get("Cache-Control"))
}

func TestAlga16_a_refused_connection_is_runner_unreachable(t *testing.T) {
	s := serve(t, lines("backend gone "+refusing(t), "default gone"), "runner")
	a := s.get("/runner/ext-ui/acme.x/sha256:ab/index.html")
	assert.Equal(t, 502, a.status)
	assert.Equal(t, "runner_unreachable", a.code(t))
}

func TestAlga16_a_stalled_connection_is_runner_timeout(t *testing.T) {
	release := make(chan struct{})
	stalled := upstream(t, func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-release:
		case <-r.Context().Done():
		}
	})
	defer close(release)
	s := serve(t, lines("backend slow "+stalled.URL, "default slow", "timeout 100ms"), "runner")
	a := s.get("/runner/ext-ui/acme.x/sha256:ab/index.html")
	assert.Equal(t, 504, a.status)
	assert.Equal(t, "runner_timeout", a.code(t))
}

func TestAlga17_credentials_stay_with_the_app_and_hop_by_hop_headers_are_stripped(t *testing.T) {
	seen := make(chan http.Header, 1)
	runner := upstream(t, func(w http.ResponseWriter, r *http.Request) {
		seen <- r.Header.Clone()
		w.Header().Set("Connection", "X-Private")
		w.Header().Set("X-Private", "1")
		w.Header().Set("Keep-Alive", "timeout=5")
		w.Header().Set("Set-Cookie", "session=stolen; Path=/")
	})
	s := serve(t, lines("backend other "+runner.URL, "default other"), "runner")
	req := s.request("GET", "/runner/ext-ui/acme.x/sha256:ab/a.js", nil)
	for name, value := range map[string]string{
		"Cookie": "session=1", "Authorization": "Bearer x", "X-Runner-Service-Token": "forged", "X-Tenant-Id": "t", "X-Alga-Tenant": "t",
		"Proxy-Authorization": "x", "If-None-Match": `"etag"`, "Range": "bytes=0-1", "Accept-Language": "de", "X-Request-Id": "r-1",
	} {
		req.Header.Set(name, value)
	}
	a := s.do(req)
	got := <-seen
	for _, name := range []string{"Cookie", "Authorization", "X-Runner-Service-Token", "X-Tenant-Id", "X-Alga-Tenant", "X-Request-Id", "Proxy-Authorization"} {
		assert.Empty(t, got.Get(name), name)
	}
	for _, name := range []string{"If-None-Match", "Range", "Accept-Language", "X-Forwarded-Host", "X-Forwarded-For"} {
		assert.NotEmpty(t, got.Get(name), name)
	}
	for _, name := range []string{"Connection", "Keep-Alive", "X-Private"} {
		assert.Empty(t, a.header.Get(name), name)
	}
	assert.Equal(t, "session=stolen; Path=/runner/", a.header.Get("Set-Cookie"), "the app never sees it")
}

func TestHandler_exposes_only_the_UI_and_health_unless_told(t *testing.T) {
	runner := upstream(t, func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, r.Method, " ", r.URL.EscapedPath()) })
	s := serve(t, lines("backend other "+runner.URL, "default other"), "runner {\nexpose /v1/warm /debug/*\n}\nrunner_app")
	for _, c := range []struct {
		method, path string
		status       int
		says         string
	}{
		{"GET", "/runner/ext-ui/a.b/sha256:ab/x.js", 200, "GET /ext-ui/a.b/sha256:ab/x.js"},
		{"GET", "/runner/ext-ui/a.b/sha256%3Aab/x%20y.js?q=1", 200, "GET /ext-ui/a.b/sha256%3Aab/x%20y.js"},
		{"GET", "/ext-ui/a.b/sha256:ab/x.js", 200, "GET /ext-ui/a.b/sha256:ab/x.js"},
		{"GET", "/runner/healthz", 200, "GET /healthz"},
		{"POST", "/runner/v1/warm", 200, "POST /v1/warm"},
		{"GET", "/runner/debug/pprof", 200, "GET /debug/pprof"},
		{"POST", "/runner/v1/execute", 404, "not_exposed"},
		{"GET", "/runner/", 404, "not_exposed"},
		{"POST", "/runner/ext-ui/a.b/sha256:ab/x.js", 405, "method_not_allowed"},
		{"GET", "/runner/ext-ui/../v1/execute", 400, "invalid_path"},
		{"GET", "/runner/ext-ui/%2e%2e/v1/execute", 400, "invalid_path"},
		{"GET", "/runner/ext-ui/a/b/%2e%2e%2f%2e%2e/x", 400, "invalid_path"},
		{"GET", "/runner/ext-ui/a/b/..%5cx", 400, "invalid_path"},
		{"GET", "/runner/ext-ui/a/b/%00", 400, "invalid_path"},
		{"GET", "/RUNNER/ext-ui/a.b/sha256:ab/x.js", 404, "not_exposed"},
	} {
		req := s.request(c.method, "/", nil)
		req.URL.Opaque = c.path // as written, not as Go would clean it
		a := s.do(req)
		assert.Equal(t, c.status, a.status, "%s %s: %s", c.method, c.path, a.body)
		assert.Contains(t, a.body, c.says, "%s %s", c.method, c.path)
	}
}

func TestHandler_survives_a_path_of_10_000_segments_and_huge_headers(t *testing.T) {
	s := serve(t, "extension "+extensionFolder(t, nil), "runner")
	a := s.get("/runner/ext-ui/acme.hello/sha256:ab" + strings.Repeat("/x", 10_000))
	assert.Contains(t, []int{200, 400, 404, 414}, a.status)
	req := s.request("GET", "/runner/healthz", nil)
	req.Header.Set("X-Huge", strings.Repeat("x", 2<<20))
	res, err := noRedirects.Do(req)
	if err == nil { // a server may also close while it is being sent
		assert.Equal(t, 431, res.StatusCode)
		require.NoError(t, res.Body.Close())
	}
	assert.Equal(t, 200, s.get("/health").status, "and it goes on")
}

func TestHandler_answers_a_stale_hash_with_todays_content_and_says_so(t *testing.T) {
	dir := extensionFolder(t, map[string]string{"ui/app.js": "one"})
	s := serve(t, "extension "+dir, "runner")
	yesterday := "sha256:" + strings.Repeat("0", 64)
	a := s.get("/runner/ext-ui/acme.hello/" + yesterday + "/app.js")
	assert.Equal(t, 200, a.status, a.body)
	assert.Equal(t, "one", a.body)
	assert.Equal(t, "no-store", a.header.Get("Cache-Control"))
	assert.Contains(t, a.header.Get("X-Ext-Warning"), "stale_hash: the URL names "+yesterday)

	write(t, dir+"/ui/app.js", "two, and longer")
	assert.Eventually(t, func() bool {
		b := s.get("/runner/ext-ui/acme.hello/" + a.header.Get("X-Ext-Content-Hash") + "/app.js")
		return b.body == "two, and longer" && b.header.Get("Cache-Control") == "no-store" && b.header.Get("X-Ext-Warning") != ""
	}, 5*time.Second, 10*time.Millisecond, "an edit is served at once, under the old hash too")
}

func TestHandler_moves_redirects_of_the_runner_to_our_origin(t *testing.T) {
	var base string
	runner := upstream(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Location", strings.ReplaceAll(r.URL.Query().Get("to"), "BASE", base))
		w.WriteHeader(307)
	})
	base = runner.URL
	s := serve(t, lines("backend other "+runner.URL, "default other"), "runner")
	for to, want := range map[string]string{
		"BASE/ext-ui/a%20b?x=1": "/runner/ext-ui/a%20b?x=1",
		"/ext-ui/a":             "/runner/ext-ui/a",
		"other.html":            "other.html",
		"https://example.com/a": "https://example.com/a",
	} {
		req := s.request("GET", "/runner/healthz", nil)
		req.URL.RawQuery = "to=" + strings.NewReplacer("?", "%3F", "=", "%3D", "%20", "%2520").Replace(to)
		a := s.do(req)
		assert.Equal(t, 307, a.status)
		assert.Equal(t, want, a.header.Get("Location"))
		assert.Equal(t, "no-store", a.header.Get("Cache-Control"))
	}
}

func TestHandler_holds_a_request_while_no_backend_is_ready(t *testing.T) {
	runner := upstream(t, func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "ready now") })
	s := serve(t, lines("backend other "+runner.URL, "default other", "hold 5s"), "runner")
	selector := live.Load().Selector()
	b := selector.Current()
	selector.SetReady(b, false)
	answered := make(chan answer)
	go func() { answered <- s.get("/runner/healthz") }()
	select {
	case a := <-answered:
		t.Fatalf("answered %d before the backend was ready", a.status)
	case <-time.After(50 * time.Millisecond):
	}
	selector.SetReady(b, true)
	assert.Equal(t, "ready now", (<-answered).body)
}

func TestHandler_answers_503_when_no_backend_gets_ready_in_time(t *testing.T) {
	s := serve(t, "hold 20ms", "runner")
	selector := live.Load().Selector()
	selector.SetReady(selector.Current(), false)
	a := s.get("/runner/healthz")
	assert.Equal(t, 503, a.status)
	assert.Equal(t, "runner_not_ready", a.code(t))
	assert.Equal(t, "1", a.header.Get("Retry-After"))
	assert.Equal(t, "no-store", a.header.Get("Cache-Control"))
}

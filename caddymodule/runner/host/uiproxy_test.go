package host

import (
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/same-origin/devproxy/caddymodule/runner/guest"
)

func withKey(inv *Invocation) {
	inv.Secrets = map[string]string{"api_key": "key-7"}
	inv.User = &User{UserID: "u1", UserEmail: "kim@example.com"}
}

func TestCallRouteGetsOrPostsUnderTheExtensionOrTheApi(t *testing.T) {
	base := serve(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		fmt.Fprintf(w, "%s %s %q %s", r.Method, r.URL, body, r.Header.Get("Content-Type"))
	})
	b := newBench(t, Options{UIProxyBaseURL: base + "/base/"}, withKey)
	tests := []struct {
		route   string
		payload any
		want    string
	}{
		{"/status", nil, `GET /base/hello/status "" `},
		{" status//x?a=1&b=%2F ", nil, `GET /base/hello/status/x?a=1&b=%2F "" `},
		{"/api/v1/tickets", nil, `GET /base/api/v1/tickets "" `},
		{"api/v1", []byte(`{"a":1}`), `POST /base/api/v1 "{\"a\":1}" application/json`},
		{"/apis", []byte{}, `POST /base/hello/apis "" application/json`},
		{"/sp%20ace/ü", nil, `GET /base/hello/sp%20ace/%C3%BC "" `},
	}
	for _, tt := range tests {
		t.Run(tt.route, func(t *testing.T) {
			assert.Equal(t, tt.want, string(b.ok("ui-proxy", "call-route", tt.route, tt.payload).([]byte)))
		})
	}
}

func TestCallRouteSendsTheApiKeyAndWhoAsks(t *testing.T) {
	var seen http.Header
	base := serve(t, func(_ http.ResponseWriter, r *http.Request) { seen = r.Header.Clone() })
	b := newBench(t, Options{UIProxyBaseURL: base}, withKey)
	b.ok("ui-proxy", "call-route", "/x", nil)
	for name, want := range map[string]string{
		"X-Api-Key": "key-7", "X-Request-Id": "req-1", "X-Alga-Tenant": "acme", "X-Alga-Extension": "hello",
		"X-Ext-Install-Id": "inst-1", "X-User-Id": "u1", "X-User-Email": "kim@example.com",
	} {
		assert.Equal(t, want, seen.Get(name), name)
	}
	assert.NotContains(t, seen, "X-Ext-Version-Id", "what is not known is not sent")
	assert.NotContains(t, b.logs.String(), "key-7")

	without := newBench(t, Options{UIProxyBaseURL: base})
	without.ok("ui-proxy", "call-route", "/x", nil)
	assert.NotContains(t, seen, "X-Api-Key")
}

func TestCallRouteRefusesSegmentsThatLeaveTheRoute(t *testing.T) {
	base := serve(t, func(_ http.ResponseWriter, r *http.Request) { t.Errorf("%s was reached", r.URL) })
	for _, b := range []*bench{newBench(t, Options{UIProxyBaseURL: base}), newBench(t, Options{})} {
		for _, route := range []string{"", " / ", "?q=1", "/a/../b", "..", "/./a", "/%2E/x", "/a/%2e%2E/b", "/a%2fb", `/a\b`, "/a/%5c", "/%zz"} {
			assert.Equal(t, "bad-request", b.refusal("ui-proxy", "call-route", route, nil), route)
		}
	}
}

func TestCallRouteMapsThePlatformsStatus(t *testing.T) {
	var status int
	base := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Location", "/elsewhere")
		w.WriteHeader(status)
	})
	b := newBench(t, Options{UIProxyBaseURL: base})
	for code, want := range map[int]string{
		400: "bad-request", 401: "denied", 403: "denied", 404: "route-not-found", 429: "denied", 302: "internal", 500: "internal",
	} {
		status = code
		assert.Equal(t, want, b.refusal("ui-proxy", "call-route", "/x", nil), code)
	}
	status = http.StatusNoContent
	assert.Empty(t, b.ok("ui-proxy", "call-route", "/x", nil))
}

func TestCallRouteIsInternalWhenThePlatformIsNotThere(t *testing.T) {
	b := newBench(t, Options{UIProxyBaseURL: "http://127.0.0.1:1"})
	assert.Equal(t, "internal", b.refusal("ui-proxy", "call-route", "/x", nil))
	assert.Contains(t, b.logs.String(), "ui-proxy got no answer")
}

func TestWithoutABaseURLRoutesAreAnsweredFromTheFixture(t *testing.T) {
	mine := t.TempDir()
	write(t, filepath.Join(mine, "ui-proxy.json"), `{"/a": {"n": 1}, "/a?x=1": [ 2 ], "/text": "t"}`)
	b := newBench(t, Options{FixturesDir: mine})
	for route, want := range map[string]string{"/a": `{"n":1}`, "a/": `{"n":1}`, "/a?x=1": `[2]`, "/a?x=2": `{"n":1}`, "/text": `"t"`} {
		assert.Equal(t, want, string(b.ok("ui-proxy", "call-route", route, nil).([]byte)), route)
	}
	assert.Equal(t, "route-not-found", b.refusal("ui-proxy", "call-route", "/none", nil))
	assert.Contains(t, b.logs.String(), "add it to the fixture, or set the ui-proxy base URL")

	write(t, filepath.Join(mine, "ui-proxy.json"), `{`)
	assert.Equal(t, guest.Denied("internal"), b.do("ui-proxy", "call-route", "/a", nil))
}

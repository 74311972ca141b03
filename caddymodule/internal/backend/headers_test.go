package backend

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestServe_forwards_to_a_static_file_only_what_the_contract_lists(t *testing.T) {
	var seen http.Header
	b := to(t, func(_ http.ResponseWriter, r *http.Request) { seen = r.Header.Clone() })
	r := httptest.NewRequest("GET", "/ext-ui/a", nil)
	contract := []string{"Accept", "Accept-Encoding", "Accept-Language", "If-Modified-Since", "If-None-Match", "Range", "User-Agent"}
	others := []string{
		"Authorization", "Proxy-Authorization", "Cookie", "X-Runner-Service-Token", "X-Runner-Auth", "X-Api-Key", "X-Tenant-Id", "X-Alga-Tenant",
		"X-Request-Id", "X-Idempotency-Key", "Origin", "Referer", "Te", "Sec-Fetch-Site", "X-Forwarded-User", "Forwarded", "Connection", "Upgrade",
	}
	for _, name := range append(others, contract...) {
		r.Header.Set(name, "marker")
	}
	require.NoError(t, b.Serve(httptest.NewRecorder(), r, Options{Static: true}))
	for _, name := range contract {
		assert.Equal(t, "marker", seen.Get(name), name)
	}
	for _, name := range others {
		assert.Empty(t, seen.Get(name), name)
	}
	assert.Equal(t, "example.com", seen.Get("X-Forwarded-Host"), "this is ours to say, not the browser's")
}

func TestServe_confines_a_runners_cookies_to_its_part_of_the_origin(t *testing.T) {
	for _, c := range []struct{ name, prefix, set, want string }{
		{"the root", "/runner", "a=b; Path=/", "a=b; Path=/runner/"},
		{"a path", "/runner", "a=b; Path=/ext-ui/x; HttpOnly", "a=b; Path=/runner/ext-ui/x; HttpOnly"},
		{"one below the runner's own base", "/runner", "a=b; Path=/base/ext-ui", "a=b; Path=/runner/ext-ui"},
		{"the runner's base", "/runner", "a=b; Path=/base", "a=b; Path=/runner/"},
		{"a path that begins like the base", "/runner", "a=b; Path=/basement", "a=b; Path=/runner/basement"},
		{"a domain", "/runner", "a=b; Path=/; Domain=example.com; Secure", "a=b; Path=/runner/; Secure"},
		{"no path", "/runner", "a=b; Max-Age=60", "a=b; Max-Age=60"},
		{"the root where there is no prefix", "", "a=b; Path=/", "a=b; Path=/ext-ui/"},
		{"a path where there is no prefix", "", "a=b; Path=/ext-ui/x", "a=b; Path=/ext-ui/x"},
		{"the host's path where there is no prefix", "", "a=b; Path=/api", "a=b; Path=/ext-ui/"},
		{"a cookie of the whole origin", "/runner", "__Host-a=b; Path=/; Secure", ""},
		{"nonsense", "/runner", "=;", ""},
	} {
		b := to(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Cache-Control", "public, immutable")
			w.Header().Set("Set-Cookie", c.set)
		})
		w := httptest.NewRecorder()
		require.NoError(t, b.Serve(w, httptest.NewRequest("GET", "/x", nil), Options{Prefix: c.prefix}))
		assert.Equal(t, c.want, w.Header().Get("Set-Cookie"), c.name)
		assert.Equal(t, "no-store", w.Header().Get("Cache-Control"), c.name)
	}
}

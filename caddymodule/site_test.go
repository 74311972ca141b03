package caddymodule

import (
	"context"
	"net/http/httptest"
	"testing"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/caddymodule/internal/urlpath"
)

// TestSite_finds_what_Caddys_matcher_finds holds that one handler answers what
// five routes with a path matcher would.
func TestSite_finds_what_Caddys_matcher_finds(t *testing.T) {
	patterns := map[string]string{"/__runner/": "/__runner/*", "/api/ext/": "/api/ext/*", "/runner/": "/runner/*", "/ext-ui/": "/ext-ui/*", "/health": "/health"}
	site := new(Site)
	for path := range patterns {
		site.add(path, nil)
	}
	found := map[string]bool{}
	for _, path := range []string{
		"/", "/health", "/healthz", "/health/", "/Health", "//health", "/x/../health", "/health/..", "/%68ealth",
		"/runner", "/runner/", "/runner/healthz", "/RUNNER/x", "/runner//x", "/runner/../x", "/x/../runner/y", "/./runner/x", "/runnerx",
		"/ext-ui/a/b/c", "/ext-ui", "/ext-ui/%2e%2e/health", "/ext-ui/..%2fhealth", "/__runner/", "/__runner", "/__runner/live/x",
		"/api/ext/a", "/api/ext", "/api/extx", "/api//ext/a", "/api/ext/../ext/a", "/api/ext/..", "/é/../runner/x", "/runner/ ",
	} {
		request := httptest.NewRequest("GET", "http://localhost/", nil)
		parsed, err := request.URL.Parse("http://localhost" + path)
		if err != nil {
			continue
		}
		request.URL.Path, request.URL.RawPath = unescaped(t, path), parsed.RawPath
		request = request.WithContext(context.WithValue(request.Context(), caddy.ReplacerCtxKey, caddy.NewReplacer()))
		want := ""
		for path, pattern := range patterns {
			matches, err := caddyhttp.MatchPath{pattern}.MatchWithError(request)
			require.NoError(t, err)
			if matches {
				want = path
			}
		}
		got := ""
		if i := site.find(request.URL.Path); i >= 0 {
			got = site.routes[i].path
		}
		assert.Equal(t, want, got, path)
		found[got] = true
	}
	assert.Len(t, found, len(patterns)+1, "each was found, and so was none")
}

func TestSite_takes_a_plain_path_for_its_prefix(t *testing.T) {
	for _, path := range []string{"/runner", "/a/b", "/r-1_x.y~z", "/ärger"} {
		assert.NoError(t, (&Site{Prefix: path}).Validate(), path)
		assert.NoError(t, (&Origin{Prefix: path}).Validate(), path)
	}
	for _, path := range []string{"runner", "/", "/runner/", "/a%20b", "/r*", "/r?x", "/r[ab]", "/{http.request.host}"} {
		assert.ErrorContains(t, (&Site{Prefix: path}).Validate(), `prefix "`+path+`" must`)
		assert.ErrorContains(t, (&Origin{Prefix: path}).Validate(), `prefix "`+path+`" must`)
		if path != "/runner/" {
			_, err := adaptText("{\n\trunner\n}\n:80 {\n\trunner {\n\t\tprefix " + path + "\n\t}\n}")
			assert.ErrorContains(t, err, "at Caddyfile:6", path)
		}
	}
}

func unescaped(t *testing.T, path string) string {
	t.Helper()
	plain, err := urlpath.Unescape(path)
	require.NoError(t, err)
	return plain
}

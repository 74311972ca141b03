package urlpath

import (
	"net/http/httptest"
	"net/url"
	"path"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// FuzzPath holds that a path that we let through is the same for whoever
// decodes or cleans it once more behind us.
func FuzzPath(f *testing.F) {
	for _, seed := range []string{"/ext-ui/acme.x/sha256:ab/index.html", "/a%2fb", "/%2e%2e/x", "/a/..%2f", "/%5c..", "/a//b", "/a/%00", "/é", "/%", "/.well-known/x", "/a;b/..;/c"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, escaped string) {
		if !strings.HasPrefix(escaped, "/") || !IsClean(escaped) {
			return
		}
		decoded, err := url.PathUnescape(escaped)
		assert.NoError(t, err)
		assert.NotContains(t, decoded, `\`)
		once := strings.Trim(collapsed(decoded), "/")
		assert.Equal(t, once, strings.Trim(path.Clean(decoded), "/"), "nothing to clean but empty segments")
		out := httptest.NewRequest("GET", "/", nil)
		Set(out, escaped)
		assert.Equal(t, decoded, out.URL.Path)
		assert.NotContains(t, out.URL.RequestURI(), "\n")
		assert.NotContains(t, out.URL.RequestURI(), " ", "one target in the request line")
	})
}

// collapsed makes several slashes one.
func collapsed(p string) string {
	for strings.Contains(p, "//") {
		p = strings.ReplaceAll(p, "//", "/")
	}
	return p
}

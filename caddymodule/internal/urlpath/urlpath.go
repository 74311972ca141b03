// Package urlpath judges and changes the escaped paths of requests. Caddy's
// handlers ask it before a request goes on; it calls nobody.
package urlpath

import (
	"net/http"
	"net/url"
	"strings"
)

// IsClean refuses what a server behind us could normalise into another path
// than the one we checked: segments . and .., backslashes, control characters,
// and escapes that are none.
func IsClean(escaped string) bool {
	decoded, err := Unescape(escaped)
	if err != nil || strings.ContainsFunc(decoded, func(c rune) bool { return c < ' ' || c == '\\' || c == 0x7f }) {
		return false
	}
	if strings.HasPrefix(decoded, "/") && !strings.Contains(decoded, "/.") { // nearly always
		return true
	}
	for segment := range strings.SplitSeq(decoded, "/") {
		if segment == "." || segment == ".." {
			return false
		}
	}
	return true
}

// Set gives r another path, which is escaped already and clean. The URL itself
// may be another request's too, and stays as it is.
func Set(r *http.Request, escaped string) {
	if escaped == r.URL.EscapedPath() {
		return
	}
	u := *r.URL
	u.Path, _ = Unescape(escaped) // IsClean has seen it
	if u.RawPath != "" || u.Path != escaped {
		u.RawPath = escaped
	}
	r.URL = &u
}

// Unescape spares most paths a walk through their bytes.
func Unescape(escaped string) (string, error) {
	if !strings.Contains(escaped, "%") {
		return escaped, nil
	}
	return url.PathUnescape(escaped)
}

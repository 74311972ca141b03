// cookies.go contains what becomes of the cookies that a runner sets.

package backend

import (
	"net/http"
	"net/url"
	"strings"
)

// uiPath is where the UI's files are on every runner.
const uiPath = "/ext-ui/"

// confineCookies moves a runner's cookies from its origin to its part of ours,
// where the app never sees them: it may have one of the same name. No runner
// gets one back, since browsers' cookies are not forwarded. An answer that
// sets one is for one browser only, so no cache may have it.
func confineCookies(header http.Header, base *url.URL, prefix string) {
	lines := header.Values("Set-Cookie")
	if len(lines) == 0 {
		return
	}
	header.Del("Set-Cookie")
	header.Set("Cache-Control", "no-store")
	for _, line := range lines {
		cookie, err := http.ParseSetCookie(line)
		// a __Host- cookie is one of the whole origin, which is the app's
		if err != nil || strings.HasPrefix(strings.ToLower(cookie.Name), "__host-") {
			continue
		}
		cookie.Domain = ""
		cookie.Path = cookiePath(cookie.Path, base, prefix)
		header.Add("Set-Cookie", cookie.String())
	}
}

// cookiePath is a path of the runner's as one of ours. A cookie without one
// goes by the URL that set it, which is ours already.
func cookiePath(path string, base *url.URL, prefix string) string {
	if !strings.HasPrefix(path, "/") {
		return ""
	}
	if below, ok := strings.CutPrefix(path, strings.TrimSuffix(base.Path, "/")); ok && (below == "" || below[0] == '/') {
		path = below
	}
	if prefix == "" && !strings.HasPrefix(path, uiPath) {
		return uiPath
	}
	return prefix + "/" + strings.TrimLeft(path, "/")
}

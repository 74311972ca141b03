package backend

import (
	"net/http"
	"net/url"
	"strings"
)

// forwarded lists the request headers that a runner sees of a browser. What
// is not on it stays with the app: cookies, authorization, tenant, tokens.
var forwarded = map[string]bool{
	"Accept": true, "Accept-Encoding": true, "Accept-Language": true, "Content-Encoding": true,
	"Content-Length": true, "Content-Type": true, "If-Match": true, "If-Modified-Since": true,
	"If-None-Match": true, "If-Range": true, "If-Unmodified-Since": true, "Origin": true,
	"Range": true, "User-Agent": true, "X-Request-Id": true,
	// the reverse proxy sets these two itself when the request is an upgrade
	"Connection": true, "Upgrade": true,
}

// static lists those of a request for the UI's files: the runner contract's,
// and If-Range, without which a Range may be of another file than its client
// believes.
var static = map[string]bool{
	"Accept": true, "Accept-Encoding": true, "Accept-Language": true, "If-Modified-Since": true, "If-None-Match": true,
	"If-Range": true, "Range": true, "User-Agent": true,
}

func filterRequest(header http.Header, isStatic bool) {
	for name := range header {
		passes := forwarded[name] || strings.HasPrefix(name, "Sec-Websocket-")
		if isStatic {
			passes = static[name]
		}
		if !passes {
			delete(header, name)
		}
	}
}

// filterResponse keeps the runner from speaking for the app's origin: its
// cookies stay below its own paths, and a redirect to the runner's own address
// becomes one on ours.
func filterResponse(res *http.Response, base *url.URL, prefix string) {
	confineCookies(res.Header, base, prefix)
	for _, name := range []string{"Strict-Transport-Security", "Clear-Site-Data", "Alt-Svc"} {
		res.Header.Del(name)
	}
	location := res.Header.Get("Location")
	if location == "" {
		return
	}
	if target, err := url.Parse(location); err == nil {
		res.Header.Set("Location", onOrigin(target, base, prefix))
	}
}

// onOrigin moves a redirect's target from the runner's address to ours;
// targets elsewhere, and relative ones, stay as they are.
func onOrigin(target, base *url.URL, prefix string) string {
	own := target.Host == "" && strings.HasPrefix(target.Path, "/")
	if !own && (target.Host != base.Host || target.Host == "") {
		return target.String()
	}
	path := target.EscapedPath()
	if !own {
		path = strings.TrimPrefix(path, strings.TrimSuffix(base.EscapedPath(), "/"))
	}
	moved := prefix + "/" + strings.TrimLeft(path, "/")
	if target.RawQuery != "" {
		moved += "?" + target.RawQuery
	}
	if target.Fragment != "" {
		moved += "#" + target.EscapedFragment()
	}
	return moved
}

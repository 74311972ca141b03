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
// cookies stay below its own paths, its scripts rule its own paths, and a
// redirect to the runner's own address becomes one on ours.
func filterResponse(res *http.Response, own address, prefix string) {
	confineCookies(res.Header, own.base, prefix)
	for _, name := range ofTheOrigin {
		delete(res.Header, name)
	}
	location := res.Header.Get("Location")
	if location == "" {
		return
	}
	if target, err := url.Parse(location); err == nil {
		res.Header.Set("Location", onOrigin(target, own, prefix))
	}
}

// ofTheOrigin are headers, in canonical form, by which a response speaks for all of its origin.
var ofTheOrigin = []string{"Strict-Transport-Security", "Clear-Site-Data", "Alt-Svc", "Service-Worker-Allowed", "Nel"}

// address is where a runner answers, and the name by which it is asked there
// when that is another: an ingress has many.
type address struct {
	base *url.URL
	host string
}

func (a address) is(host string) bool {
	return host != "" && (strings.EqualFold(host, a.base.Host) || strings.EqualFold(host, a.host))
}

// below cuts the base URL's path off, if path is below it.
func (a address) below(path string) string {
	below, ok := strings.CutPrefix(path, strings.TrimSuffix(a.base.EscapedPath(), "/"))
	if !ok || (below != "" && below[0] != '/') {
		return path
	}
	return below
}

// onOrigin moves a redirect's target from the runner's address to ours;
// targets elsewhere, and relative ones, stay as they are.
func onOrigin(target *url.URL, own address, prefix string) string {
	rooted := target.Host == "" && strings.HasPrefix(target.Path, "/")
	if !rooted && !own.is(target.Host) {
		return target.String()
	}
	path := own.below(target.EscapedPath())
	moved := prefix + "/" + strings.TrimLeft(path, "/")
	if target.RawQuery != "" {
		moved += "?" + target.RawQuery
	}
	if target.Fragment != "" {
		moved += "#" + target.EscapedFragment()
	}
	return moved
}

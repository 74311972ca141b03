// webapp_hold.go contains what happens while the app is not up yet.

package caddymodule

import (
	_ "embed"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp/reverseproxy"
)

// dialPause is how often a held request tries the app again.
const dialPause = 100 * time.Millisecond

// ServeHTTP passes r on, and as long as the app accepts no connection tries
// again: nothing was sent, so any method may wait.
func (a *WebApp) ServeHTTP(w http.ResponseWriter, r *http.Request, next caddyhttp.Handler) error {
	if forProxies(r) {
		w.Header().Set("Allow", "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS")
		return problem{http.StatusMethodNotAllowed, "method_not_allowed", r.Method + " is not passed on to the app"}.write(w, r)
	}
	giveUp := time.NewTimer(time.Duration(a.Hold))
	defer giveUp.Stop()
	for {
		err := a.inner.ServeHTTP(w, r, next)
		var dial reverseproxy.DialError
		if !errors.As(err, &dial) {
			return a.brokenOff(w, r, err)
		}
		again := time.NewTimer(dialPause)
		select {
		case <-again.C:
		case <-r.Context().Done():
			again.Stop()
			return nil
		case <-giveUp.C:
			again.Stop()
			return a.notReady(w, r)
		}
	}
}

// brokenOff names what befell a request that the app had, or some of it: Caddy's
// own answer would be empty. It may not be sent again.
func (a *WebApp) brokenOff(w http.ResponseWriter, r *http.Request, err error) error {
	var failed caddyhttp.HandlerError
	if !errors.As(err, &failed) || r.Context().Err() != nil {
		return err
	}
	if failed.StatusCode != http.StatusBadGateway && failed.StatusCode != http.StatusGatewayTimeout {
		return err
	}
	fault := problem{http.StatusBadGateway, "app_broke_off", "the app at " + a.App + " took the request and gave no answer: it broke off, or speaks no HTTP; its output may say more"}
	fault.status = failed.StatusCode
	return fault.write(w, r)
}

// forProxies says that r asks for a tunnel, or for its own headers back. No
// app has a use for either. From HTTP/2 on, a WebSocket begins with CONNECT.
func forProxies(r *http.Request) bool {
	return r.Method == http.MethodTrace || (r.Method == http.MethodConnect && r.ProtoMajor == 1)
}

//go:embed webapp_starting.html
var startingPage []byte

// notReady answers a page that reloads itself to navigations, and the
// usual JSON to everything else.
func (a *WebApp) notReady(w http.ResponseWriter, r *http.Request) error {
	fault := problem{http.StatusServiceUnavailable, "app_not_ready", "nothing accepts connections at " + a.App + " yet; is the app running there?"}
	if !isNavigation(r) {
		return fault.write(w, r)
	}
	header := w.Header()
	header.Set("Cache-Control", "no-store")
	header.Set("Retry-After", "1")
	header.Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(fault.status)
	_, err := w.Write(startingPage)
	return err
}

// isNavigation goes by Sec-Fetch-Mode, and by Accept where there is none.
func isNavigation(r *http.Request) bool {
	if r.Method != http.MethodGet {
		return false
	}
	if mode := r.Header.Get("Sec-Fetch-Mode"); mode != "" {
		return mode == "navigate"
	}
	return strings.Contains(r.Header.Get("Accept"), "text/html")
}

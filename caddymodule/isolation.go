// isolation.go contains how the site's option `isolation` changes requests and
// responses of an extension's UI.

package caddymodule

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"github.com/same-origin/devproxy/caddymodule/internal/isolation"
	"github.com/same-origin/devproxy/caddymodule/internal/urlpath"
	"github.com/same-origin/devproxy/caddymodule/runnerstatus"
)

// parentOrigin is the query parameter that tells a page which has an origin of
// its own whom to talk to.
const parentOrigin = "parentOrigin"

// elsewhere is the address of path, which has no prefix any more, when it
// belongs to another origin than the one that was asked; else nil.
func (h *Handler) elsewhere(r *http.Request, path string) (*url.URL, *problem) {
	id, isUI := extensionIn(path)
	if !isUI || h.Isolation != string(isolation.Subdomain) {
		return nil, nil
	}
	host, fault := h.ownHost(id)
	if fault != nil || strings.EqualFold(hostname(r), host) {
		return nil, fault
	}
	return ownURL(r, host, r.URL), nil
}

// isolated gives the writer for an answer about an extension's UI.
func (h *Handler) isolated(w http.ResponseWriter, r *http.Request) http.ResponseWriter {
	switch h.Isolation {
	case string(isolation.Sandbox):
		origin := r.Header.Get("Origin")
		return changing(w, func(header http.Header) { isolation.AddSandbox(header, origin) })
	case string(isolation.Subdomain):
		hosts := h.hosts
		if len(hosts) == 0 {
			hosts = localHosts(r)
		}
		if port := h.engine.Board().Address(); port != "" { // its previews are frames of frames
			hosts = append(slices.Clip(hosts), port)
		}
		return changing(w, func(header http.Header) { isolation.AllowFraming(header, hosts) })
	}
	return w
}

// extensionIn gives the extension that a path of the runner is about. It reads
// the path as the most generous of servers would: whatever could be answered
// with a UI is one.
func extensionIn(path string) (id string, isUI bool) {
	decoded, err := urlpath.Unescape(path)
	if err != nil {
		return "", false
	}
	rest, isUI := strings.CutPrefix(strings.TrimLeft(decoded, "/"), "ext-ui/")
	if !isUI {
		return "", false
	}
	id, _, _ = strings.Cut(strings.TrimLeft(rest, "/"), "/")
	return id, id != ""
}

// ownHost is where the pages of an extension live; an install id leads to the
// extension's own name.
func (h *Handler) ownHost(id string) (string, *problem) {
	if found, ok := h.engine.Installed(id); ok {
		id = found.ID
	}
	host, ok := isolation.Host(id)
	if !ok {
		return "", &problem{http.StatusNotFound, "no_own_origin",
			fmt.Sprintf("extension %s has no origin of its own: its id is too long for the name of a host; shorten it, or use 'isolation sandbox'", id)}
	}
	return host, nil
}

// redirect sends the browser to target for now: the next start may have
// another isolation.
func redirect(w http.ResponseWriter, r *http.Request, target *url.URL) {
	w.Header().Set("Cache-Control", "no-store")
	http.Redirect(w, r, target.String(), http.StatusTemporaryRedirect)
}

// ownURL moves an address of this origin to host, on the same port.
func ownURL(r *http.Request, host string, u *url.URL) *url.URL {
	target := *u
	target.Scheme, target.Host = scheme(r), withPort(r, host)
	if query := target.Query(); !query.Has(parentOrigin) {
		query.Set(parentOrigin, scheme(r)+"://"+r.Host)
		target.RawQuery = query.Encode()
	}
	return &target
}

// onOwnOrigin is the address of an extension's UI on its own origin. Without
// one it stays as it is, and answers why when it is opened.
func onOwnOrigin(r *http.Request, id, address string) string {
	host, ok := isolation.Host(id)
	u, err := url.Parse(address)
	if !ok || err != nil || address == "" {
		return address
	}
	return ownURL(r, host, u).String()
}

// isOwn says whether the address of an extension's UI, as r's page has it, is on
// the extension's own origin: an absolute public base can be another name of the
// app's.
func isOwn(r *http.Request, e runnerstatus.Extension) bool {
	host, ok := isolation.Host(e.ID)
	u, err := url.Parse(e.UIURL)
	return ok && err == nil && strings.EqualFold(u.Hostname(), host) && !strings.EqualFold(hostname(r), host)
}

// localHosts are the origins of host apps on this machine. A policy cannot name
// [::1].
func localHosts(r *http.Request) []string {
	return []string{scheme(r) + "://" + withPort(r, "localhost"), scheme(r) + "://" + withPort(r, "127.0.0.1")}
}

func scheme(r *http.Request) string {
	if r.TLS != nil {
		return "https"
	}
	return "http"
}

func hostname(r *http.Request) string {
	if host, _, err := net.SplitHostPort(r.Host); err == nil {
		return host
	}
	return r.Host
}

// withPort adds the port that r came to, where its address names one.
func withPort(r *http.Request, host string) string {
	if _, port, err := net.SplitHostPort(r.Host); err == nil {
		return net.JoinHostPort(host, port)
	}
	return host
}

// changing gives a writer that changes the header just before it is sent,
// whoever answers: a backend, a cache, or we with an error.
func changing(w http.ResponseWriter, change func(http.Header)) http.ResponseWriter {
	return &changedWriter{ResponseWriterWrapper: &caddyhttp.ResponseWriterWrapper{ResponseWriter: w}, change: change}
}

type changedWriter struct {
	*caddyhttp.ResponseWriterWrapper
	change func(http.Header)
	wrote  bool
}

func (w *changedWriter) WriteHeader(status int) {
	if !w.wrote && status >= http.StatusOK {
		w.wrote = true
		w.change(w.Header())
	}
	w.ResponseWriterWrapper.WriteHeader(status)
}

func (w *changedWriter) Write(p []byte) (int, error) {
	if !w.wrote {
		w.WriteHeader(http.StatusOK)
	}
	return w.ResponseWriterWrapper.Write(p)
}

// ReadFrom keeps sendfile(2) available.
func (w *changedWriter) ReadFrom(src io.Reader) (int64, error) {
	if !w.wrote {
		w.WriteHeader(http.StatusOK)
	}
	return w.ResponseWriterWrapper.ReadFrom(src)
}

var (
	_ http.ResponseWriter = (*changedWriter)(nil)
	_ io.ReaderFrom       = (*changedWriter)(nil)
)

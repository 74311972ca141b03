// target.go contains what a browser may ask of a runner, and how a request's
// path becomes the runner's.

package caddymodule

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"github.com/same-origin/devproxy/caddymodule/internal/assetcache"
	"github.com/same-origin/devproxy/caddymodule/internal/engine"
	"github.com/same-origin/devproxy/caddymodule/internal/livereload"
	"github.com/same-origin/devproxy/caddymodule/internal/urlpath"
)

// target is a request as the runner shall see it.
type target struct {
	request *http.Request
	tenant  string // of the extension that is asked for; empty when it is not loaded
	modify  func(*http.Response)
	// ui says that it is about an extension's UI, and elsewhere where that
	// is when it is not on this origin.
	ui        bool
	elsewhere *url.URL
	// static: only a static file's headers are sent on
	static bool
	// kept: the URL names content that is nobody's working tree, so that its
	// answer may come from memory
	kept bool
}

// target checks r and cuts the prefix off. Segments keep their encoding. r is
// the caller's own, and becomes the request that the runner shall see.
func (h *Handler) target(r *http.Request) (target, *problem) {
	path, cut := strings.CutPrefix(r.URL.EscapedPath(), h.Prefix)
	if !cut || !strings.HasPrefix(path, "/") {
		return target{}, &problem{http.StatusNotFound, "not_exposed", "this path is not the runner's"}
	}
	if !urlpath.IsClean(path) {
		return target{}, &problem{http.StatusBadRequest, "invalid_path", "the path must not hold . or .. segments, backslashes or control characters"}
	}
	static := !h.exposed(path)
	if static {
		if fault := refused(r.Method, path); fault != nil {
			return target{}, fault
		}
	}
	elsewhere, fault := h.elsewhere(r, path)
	if fault != nil {
		return target{}, fault
	}
	_, ui := extensionIn(path)
	path, tenant, modify := h.current(r, path)
	urlpath.Set(r, path)
	if live := h.engine.Live(); live != nil && tenant != "" {
		// the header is the client's until here
		r.Header = r.Header.Clone()
		livereload.PrepareRequest(r)
	}
	return target{request: r, tenant: tenant, modify: modify, static: static, kept: tenant == "" && assetcache.Addressed(path), ui: ui, elsewhere: elsewhere}, nil
}

// exposed says whether path is one of Expose.
func (h *Handler) exposed(path string) bool {
	for _, pattern := range h.Expose {
		if below, all := strings.CutSuffix(pattern, "*"); path == pattern || (all && strings.HasPrefix(path, below)) {
			return true
		}
	}
	return false
}

// refused says why a path that is not exposed may not be asked for.
func refused(method, path string) *problem {
	if !strings.HasPrefix(path, "/ext-ui/") && path != "/healthz" {
		return &problem{http.StatusNotFound, "not_exposed", "the runner's " + path + " is not exposed on this origin; add 'expose " + path + "' to the runner directive if it should be"}
	}
	if method != http.MethodGet && method != http.MethodHead {
		return &problem{http.StatusMethodNotAllowed, "method_not_allowed", "only GET and HEAD are allowed here"}
	}
	return nil
}

var contentHash = regexp.MustCompile(`(?i)^sha256:[0-9a-f]+$`)

// current answers an old hash of a loaded extension with today's content, so
// that a host whose database knows yesterday's goes on working, and keeps the
// browser from storing what may change with the next save.
func (h *Handler) current(r *http.Request, path string) (current, tenant string, modify func(*http.Response)) {
	rest, isUI := strings.CutPrefix(path, "/ext-ui/")
	extension, rest, _ := strings.Cut(rest, "/")
	hash, file, hasFile := strings.Cut(rest, "/")
	if !isUI || !hasFile {
		return path, "", noStoreErrors
	}
	id, idErr := urlpath.Unescape(extension)
	asked, hashErr := urlpath.Unescape(hash)
	found, ok := h.engine.Installed(id)
	if idErr != nil || hashErr != nil || !ok || !contentHash.MatchString(asked) {
		return path, "", noStoreErrors
	}
	path = "/ext-ui/" + url.PathEscape(found.ID) + "/" + url.QueryEscape(found.Hash) + "/" + file
	return path, found.Tenant, h.today(r, found, strings.ToLower(asked))
}

// today marks an answer of a loaded extension as the working tree's.
func (h *Handler) today(r *http.Request, found engine.Installation, asked string) func(*http.Response) {
	scripted := livereload.Scripted(r)
	return func(res *http.Response) {
		res.Header.Set("Cache-Control", "no-store")
		res.Header.Set("X-Ext-Content-Hash", found.Hash)
		res.Header.Set("X-Ext-Build", found.Build)
		if live := h.engine.Live(); live != nil {
			live.Inject(res, livereload.Page{
				Extension: found.ID, Build: found.Build, Mode: h.engine.Settings().LiveReload.Mode, Scripted: scripted,
			})
		}
		if asked != found.Hash {
			res.Header.Set("X-Ext-Warning", "stale_hash: the URL names "+asked+", this is the working tree's "+found.Hash)
		}
	}
}

// noStoreErrors keeps caches from storing errors as long as assets.
func noStoreErrors(res *http.Response) {
	if res.StatusCode >= http.StatusBadRequest || (res.StatusCode >= 300 && res.StatusCode != http.StatusNotModified) {
		res.Header.Set("Cache-Control", "no-store")
	}
}

// serve.go contains the page, its files and its data over HTTP.

package dashboard

import (
	"embed"
	"encoding/json"
	"mime"
	"net/http"
	"path"
	"slices"
	"strings"

	"github.com/same-origin/devproxy/caddymodule/runnerstatus"
)

// Prefix is where the page is; its files and data are below Prefix+"dashboard/".
const Prefix = "/__runner/"

//go:embed static
var static embed.FS

// View is what a page shows besides the board's own records.
type View struct {
	// Snapshot is the engine's state.
	Snapshot func() runnerstatus.Snapshot
	// Probes are the last ones of each backend, the oldest first. May be nil.
	Probes func() map[string][]runnerstatus.Probe
	// Builds are the histories of the extensions. May be nil.
	Builds func() []runnerstatus.Builds
	// Config is the effective configuration, without secrets, as it is to
	// stand in JSON.
	Config func() any
	// Own says whether an extension's UI is on an origin that nothing but
	// that extension has; only there may a preview let it keep its origin. An
	// address of another origin is not enough: that can be another name of
	// the app's. Nil where none has one.
	Own func(e runnerstatus.Extension) bool
	// Origin is where the app is, for previews, such as
	// http://localhost:3000; empty where the page itself is on that origin.
	Origin string
	// Actions answer POST by name; nil on the app's origin.
	Actions map[string]http.Handler
}

// access is what a page may do.
type access struct {
	Actions []string `json:"actions"`
	Origin  string   `json:"origin,omitempty"`
}

func (v View) actions() []string {
	names := []string{}
	for name := range v.Actions {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// Serve answers a request below [Prefix]; false when there is nothing of that
// name. It only reads:
//
//	GET  /__runner/                   the page
//	GET  /__runner/dashboard/FILE     its scripts and styles
//	GET  /__runner/dashboard/state    all there is to show, as JSON
//	GET  /__runner/dashboard/preview  a host of ?extension=ID, on the app's origin only
//	GET  /__runner/dashboard/events   the same, and what changes, as server-sent events
func (b *Board) Serve(w http.ResponseWriter, r *http.Request, v View) bool {
	name, ok := strings.CutPrefix(r.URL.Path, Prefix)
	if ok && name == "" {
		name = "dashboard/index.html"
	}
	name, below := strings.CutPrefix(name, "dashboard/")
	if !ok || !below {
		return false
	}
	protect(w.Header(), v.Origin)
	switch name {
	case "state":
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		_ = json.NewEncoder(w).Encode(b.everything(v)) // who asked may have left
	case "preview":
		if v.Actions != nil {
			return false // the port is no extension's host
		}
		b.preview(w, r, v)
	case "events":
		if r.Method == http.MethodHead {
			return true // a stream has no end to tell the length of
		}
		b.stream(w, r, v)
	default:
		return serveFile(w, name)
	}
	return true
}

// protect lets the page load nothing but its own files and the previews, and
// nobody frame it.
func protect(header http.Header, origin string) {
	header.Set("Cache-Control", "no-store")
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Referrer-Policy", "no-referrer")
	header.Set("Cross-Origin-Resource-Policy", "same-origin")
	header.Set("X-Frame-Options", "DENY")
	header.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "+
		"frame-src 'self' "+origin+"; frame-ancestors 'none'; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'")
}

func serveFile(w http.ResponseWriter, name string) bool {
	content, err := file(name)
	if err != nil || strings.Contains(name, "/") || name == "preview.html" {
		return false
	}
	w.Header().Set("Content-Type", mime.TypeByExtension(path.Ext(name)))
	_, _ = w.Write(content) // who asked may have left
	return true
}

package livereload

import (
	"net/http"
	"strings"
)

// ServeHTTP answers the endpoints; see [Live].
func (l *Live) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	header.Set("Cache-Control", "no-store, no-transform")
	header.Set("X-Content-Type-Options", "nosniff")
	if !l.admit(w, r) {
		return
	}
	path, _ := strings.CutPrefix(r.URL.Path, l.cfg.Prefix)
	for _, e := range [...]struct {
		path, method string
		serve        http.HandlerFunc
	}{
		{"client.js", http.MethodGet, serveClient},
		{"events", http.MethodGet, l.serveEvents},
		{"state", http.MethodGet, l.serveState},
		{"console", http.MethodPost, l.takeConsole},
		{"open", http.MethodPost, l.openFile},
	} {
		if path != e.path {
			continue
		}
		if r.Method != e.method {
			header.Set("Allow", e.method)
			refuse(w, http.StatusMethodNotAllowed, "method_not_allowed", e.path+" takes "+e.method+" only")
			return
		}
		e.serve(w, r)
		return
	}
	refuse(w, http.StatusNotFound, "not_found", "live reload has client.js, events, state, console and open")
}

var _ http.Handler = (*Live)(nil)

package caddymodule

import (
	"net/http"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"github.com/same-origin/devproxy/caddymodule/internal/engine"
	"github.com/same-origin/devproxy/caddymodule/internal/monitor"
)

func init() { caddy.RegisterModule(Health{}) }

// Health answers 200 while devproxy itself is up, whatever its backends do;
// how they are stands in the body. With `?strict` it answers 503 until the
// selected backend is up, for scripts that have no other means.
type Health struct {
	engine *engine.Engine
}

// CaddyModule returns the Caddy module information.
func (Health) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{ID: "http.handlers.runner_health", New: func() caddy.Module { return new(Health) }}
}

// Provision finds the engine.
func (h *Health) Provision(ctx caddy.Context) (err error) {
	h.engine, err = engineOf(ctx)
	return err
}

// health is the body. The platform's name for the selected runner is
// dockerRunner, whichever backend that is.
type health struct {
	Status       string    `json:"status"` // ok, or with ?strict also unavailable
	Timestamp    time.Time `json:"timestamp"`
	Dependencies struct {
		DockerRunner monitor.Snapshot `json:"dockerRunner"`
	} `json:"dependencies"`
	Backends map[string]monitor.Snapshot `json:"backends"`
}

func (h *Health) ServeHTTP(w http.ResponseWriter, r *http.Request, _ caddyhttp.Handler) error {
	if !readOnly(w, r) {
		return nil
	}
	w.Header().Set("Cache-Control", "no-store")
	body, status := health{Status: "ok", Timestamp: time.Now().UTC()}, http.StatusOK
	body.Dependencies.DockerRunner, body.Backends = h.engine.Monitored()
	if isStrict(r) && body.Dependencies.DockerRunner.Status != monitor.Up {
		body.Status, status = "unavailable", http.StatusServiceUnavailable
		w.Header().Set("Retry-After", "1")
	}
	return writeJSON(w, status, body)
}

// isStrict reads ?strict, ?strict=1 and the like.
func isStrict(r *http.Request) bool {
	query := r.URL.Query()
	if !query.Has("strict") {
		return false
	}
	strict, err := monitor.ParseBool(query.Get("strict"))
	return strict || err != nil // what is no boolean was meant to ask
}

// readOnly answers 405 to anything but GET and HEAD.
func readOnly(w http.ResponseWriter, r *http.Request) bool {
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		return true
	}
	// the client is gone when this cannot be written
	_ = problem{http.StatusMethodNotAllowed, "method_not_allowed", "only GET and HEAD are allowed here"}.write(w, r)
	return false
}

var (
	_ caddy.Provisioner           = (*Health)(nil)
	_ caddyhttp.MiddlewareHandler = (*Health)(nil)
)

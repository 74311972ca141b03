package caddymodule

import (
	"net/http"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"github.com/same-origin/devproxy/caddymodule/internal/engine"
)

func init() { caddy.RegisterModule(Health{}) }

// Health answers 200 while devproxy itself is up, whatever its backends do;
// how they are stands in the body.
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

// health is the body: `{"status":"ok","timestamp","dependencies":{"runner"}}`.
type health struct {
	Status       string                        `json:"status"`
	Timestamp    time.Time                     `json:"timestamp"`
	Dependencies map[string]dependencySnapshot `json:"dependencies"`
}

type dependencySnapshot struct {
	Backend string `json:"backend"`
	Status  string `json:"status"` // up, down or unknown
}

func (h *Health) ServeHTTP(w http.ResponseWriter, r *http.Request, _ caddyhttp.Handler) error {
	if !readOnly(w, r) {
		return nil
	}
	w.Header().Set("Cache-Control", "no-store")
	runner := dependencySnapshot{Status: "unknown"}
	if b := h.engine.Selector().Current(); b != nil {
		runner.Backend = b.Name()
		runner.Status = b.Status()
	}
	return writeJSON(w, http.StatusOK, health{Status: "ok", Timestamp: time.Now().UTC(), Dependencies: map[string]dependencySnapshot{"runner": runner}})
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

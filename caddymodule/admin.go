package caddymodule

import (
	"errors"
	"net/http"

	"github.com/caddyserver/caddy/v2"

	"github.com/same-origin/devproxy/caddymodule/internal/engine"
)

func init() { caddy.RegisterModule(Admin{}) }

// Admin serves `/runner/…` on Caddy's admin endpoint. It holds no config: a
// failed reload leaves the admin endpoint bound to the failed config, so it
// always asks the engine that lives.
//
//	GET  /runner/status                           the engine's state
//	POST /runner/restart?service=NAME&rebuild=1   a service of the docker backend; the runner by default, without a gap
type Admin struct{}

// CaddyModule returns the Caddy module information.
func (Admin) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{ID: "admin.api.runner", New: func() caddy.Module { return new(Admin) }}
}

// Routes lists the endpoints.
func (a *Admin) Routes() []caddy.AdminRoute {
	return []caddy.AdminRoute{
		{Pattern: "/runner/status", Handler: caddy.AdminHandlerFunc(a.status)},
		{Pattern: "/runner/restart", Handler: caddy.AdminHandlerFunc(a.restart)},
	}
}

func (a *Admin) status(w http.ResponseWriter, r *http.Request) error {
	e, err := running(r, http.MethodGet)
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, e.Snapshot(defaultPrefix))
}

func (a *Admin) restart(w http.ResponseWriter, r *http.Request) error {
	e, err := running(r, http.MethodPost)
	if err != nil {
		return err
	}
	query := r.URL.Query()
	if err := e.Restart(r.Context(), query.Get("service"), query.Get("rebuild") == "1"); err != nil {
		return caddy.APIError{HTTPStatus: http.StatusConflict, Err: err, Message: err.Error()}
	}
	return writeJSON(w, http.StatusOK, e.Snapshot(defaultPrefix))
}

func running(r *http.Request, method string) (*engine.Engine, error) {
	if r.Method != method {
		return nil, caddy.APIError{HTTPStatus: http.StatusMethodNotAllowed, Err: errors.New("use " + method)}
	}
	e := live.Load()
	if e == nil {
		return nil, caddy.APIError{HTTPStatus: http.StatusNotFound, Err: errors.New("no runner is configured; add a runner block to the global options")}
	}
	return e, nil
}

var _ caddy.AdminRouter = (*Admin)(nil)

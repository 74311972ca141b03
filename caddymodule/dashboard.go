// dashboard.go contains how the dashboard is reached: read-only at /__runner/,
// and with actions on a port that the admin endpoint opens.

package caddymodule

import (
	"net/http"

	"github.com/caddyserver/caddy/v2"

	"github.com/same-origin/devproxy/caddymodule/internal/dashboard"
	"github.com/same-origin/devproxy/caddymodule/internal/engine"
	"github.com/same-origin/devproxy/caddymodule/runnerstatus"
)

// view is what the dashboard shows of e; prefix is where the site serves the
// runner.
func view(e *engine.Engine, prefix string) dashboard.View {
	return dashboard.View{
		Snapshot: func() runnerstatus.Snapshot { return snapshot(e, prefix) },
		Config:   func() any { return effective(e.Settings()) },
		Probes:   e.Probes,
		Builds: func() []runnerstatus.Builds {
			list, _ := e.Builds("") // which finds something for no name
			return list
		},
	}
}

// DashboardAnswer is the body of `POST /runner/dashboard`.
type DashboardAnswer struct {
	// URL lets one browser in.
	URL string `json:"url"`
}

// dashboard opens the dashboard that can act.
func (a *Admin) dashboard(w http.ResponseWriter, r *http.Request) error {
	e := running(w, r, http.MethodPost)
	if e == nil {
		return nil
	}
	v := view(e, defaultPrefix)
	v.Origin, v.Actions = r.URL.Query().Get("origin"), a.actions()
	address, err := e.Board().Open(v)
	if err != nil {
		return refuse(w, http.StatusConflict, err.Error())
	}
	return writeJSON(w, http.StatusOK, DashboardAnswer{address})
}

// acting are the admin endpoints that the dashboard has buttons for.
var acting = map[string]string{
	"/runner/build": "build", "/runner/restart": "restart", "/runner/use": "use", "/runner/use-build": "use-build", "/runner/replay": "replay",
}

// actions are the admin endpoints themselves, so that a button does what the
// command does.
func (a *Admin) actions() map[string]http.Handler {
	out := map[string]http.Handler{}
	for _, route := range a.Routes() {
		if name, known := acting[route.Pattern]; known {
			out[name] = action{route.Handler}
		}
	}
	// what went in and out is for this port only, where everything is asked with POST
	out["execute"] = action{caddy.AdminHandlerFunc(func(w http.ResponseWriter, r *http.Request) error {
		asked := r.Clone(r.Context())
		asked.Method = http.MethodGet
		return a.trace(w, asked)
	})}
	return out
}

// action is an admin endpoint as a plain handler.
type action struct{ caddy.AdminHandler }

func (a action) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if err := a.AdminHandler.ServeHTTP(w, r); err != nil {
		_ = refuse(w, http.StatusInternalServerError, err.Error()) // who asked may have left
	}
}

var _ http.Handler = action{}

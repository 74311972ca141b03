package caddymodule

import (
	"net/http"

	"github.com/caddyserver/caddy/v2"
	"go.uber.org/zap"

	"github.com/same-origin/devproxy/caddymodule/internal/engine"
)

func init() { caddy.RegisterModule(Admin{}) }

// Admin serves `/runner/…` on Caddy's admin endpoint. It holds no config: a
// failed reload leaves the admin endpoint bound to the failed config, so it
// always asks the engine that lives.
//
//	GET  /runner/status                           the engine's state
//	POST /runner/use?backend=NAME&wait=1&…        sends new requests to another backend, once that answers; see engine.UseOptions
//	POST /runner/build?extension=ID|DIR           builds it anew, or all; answers when that is done: {"builds":[…]}
//	GET  /runner/builds?extension=ID|DIR          the builds that are kept, of all or of one: {"v","extensions":[…]}
//	POST /runner/use-build?build=ID               serves an earlier build until the next save, or with latest=1 the working tree
//	POST /runner/restart?service=NAME&rebuild=1   a service of the docker backend; the runner by default, without a gap
//	GET  /runner/executes?last=N&id=…             recorded calls of handlers, oldest first
//	GET  /runner/trace?id=ID                      one of them, or the last, with its lines of the log
//	POST /runner/replay?id=ID&backend=NAME&…      sends them again and compares: {"replays":[…]}; ignore=PLACE leaves out
//	GET  /runner/capabilities                     what extensions used of the platform: {"extensions":[…]}
//	POST /runner/dashboard?origin=URL             opens the dashboard that can act: {"url"}; origin is where the app is
type Admin struct{}

// CaddyModule returns the Caddy module information.
func (Admin) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{ID: "admin.api.runner", New: func() caddy.Module { return new(Admin) }}
}

// Routes lists the endpoints.
func (a *Admin) Routes() []caddy.AdminRoute {
	return []caddy.AdminRoute{
		{Pattern: "/runner/status", Handler: caddy.AdminHandlerFunc(a.status)},
		{Pattern: "/runner/use", Handler: caddy.AdminHandlerFunc(a.use)},
		{Pattern: "/runner/build", Handler: caddy.AdminHandlerFunc(a.build)},
		{Pattern: "/runner/builds", Handler: caddy.AdminHandlerFunc(a.builds)},
		{Pattern: "/runner/use-build", Handler: caddy.AdminHandlerFunc(a.useBuild)},
		{Pattern: "/runner/dashboard", Handler: caddy.AdminHandlerFunc(a.dashboard)},
		{Pattern: "/runner/restart", Handler: caddy.AdminHandlerFunc(a.restart)},
		{Pattern: "/runner/executes", Handler: caddy.AdminHandlerFunc(a.executes)},
		{Pattern: "/runner/trace", Handler: caddy.AdminHandlerFunc(a.trace)},
		{Pattern: "/runner/replay", Handler: caddy.AdminHandlerFunc(a.replay)},
		{Pattern: "/runner/capabilities", Handler: caddy.AdminHandlerFunc(a.capabilities)},
	}
}

func (a *Admin) status(w http.ResponseWriter, r *http.Request) error {
	e := running(w, r, http.MethodGet)
	if e == nil {
		return nil
	}
	return writeJSON(w, http.StatusOK, snapshot(e, defaultPrefix))
}

func (a *Admin) restart(w http.ResponseWriter, r *http.Request) error {
	e := running(w, r, http.MethodPost)
	if e == nil {
		return nil
	}
	query := r.URL.Query()
	if err := e.Restart(r.Context(), query.Get("service"), query.Get("rebuild") == "1"); err != nil {
		caddy.Log().Named("admin.api.runner").Warn("a restart did not succeed", zap.String("service", query.Get("service")), zap.Error(err))
		return refuse(w, http.StatusConflict, err.Error())
	}
	return writeJSON(w, http.StatusOK, snapshot(e, defaultPrefix))
}

// running is the engine that lives, for a request with the right method; else
// nil, and the request is answered.
func running(w http.ResponseWriter, r *http.Request, method string) *engine.Engine {
	if r.Method != method {
		w.Header().Set("Allow", method)
		_ = refuse(w, http.StatusMethodNotAllowed, "use "+method) // whoever asked may have left
		return nil
	}
	e := live.Load()
	if e == nil {
		_ = refuse(w, http.StatusNotFound, "no runner is configured; add a runner block to the global options")
	}
	return e
}

// refuse answers as Caddy's admin endpoint does, but without Caddy's line in
// the log: there, what a client did wrong would stand as an error of the server.
func refuse(w http.ResponseWriter, status int, message string) error {
	return writeJSON(w, status, map[string]string{"error": message})
}

var _ caddy.AdminRouter = (*Admin)(nil)

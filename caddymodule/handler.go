// handler.go contains Handler, which sends a request to the runner that is
// selected: pick, serve, pick again.

package caddymodule

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"github.com/same-origin/devproxy/caddymodule/internal/backend"
	"github.com/same-origin/devproxy/caddymodule/internal/dashboard"
	"github.com/same-origin/devproxy/caddymodule/internal/engine"
	"github.com/same-origin/devproxy/caddymodule/internal/isolation"
	"github.com/same-origin/devproxy/caddymodule/internal/metrics"
)

func init() { caddy.RegisterModule(Handler{}) }

// Handler proxies requests to whichever backend is selected. A swap needs no
// reload: a request stays where it began, the next one goes to the new
// backend, and one that could not be sent is sent to the new one too.
//
// Only `GET` and `HEAD` of `/ext-ui/…` and `/healthz` pass, and what Expose
// adds; the rest answers 404 `not_exposed`. Cookies, authorization and tokens
// of the browser never reach the runner.
type Handler struct {
	// Prefix is cut off the path. Default: none.
	Prefix string `json:"prefix,omitempty"`

	// Expose lists more paths that pass, with every method: `/v1/*` is all
	// below /v1/, `/v1/x` is that path.
	Expose []string `json:"expose,omitempty"`

	// Isolation keeps extensions' pages apart from their host's: `none`
	// passes on what the runner sends, `sandbox` makes their origin opaque,
	// `subdomain` sends them to origins of their own, see Origin. Default:
	// `none`.
	Isolation string `json:"isolation,omitempty"`

	hosts  []string // who may show pages that have an origin of their own
	engine *engine.Engine
}

// CaddyModule returns the Caddy module information.
func (Handler) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{ID: "http.handlers.runner", New: func() caddy.Module { return new(Handler) }}
}

// Provision finds the engine.
func (h *Handler) Provision(ctx caddy.Context) (err error) {
	h.engine, err = engineOf(ctx)
	return err
}

// Validate repeats, for JSON users, what the Caddyfile parser checks.
func (h *Handler) Validate() error { return among("isolation", h.Isolation, isolation.Modes) }

func engineOf(ctx caddy.Context) (*engine.Engine, error) {
	app, err := ctx.App("runner")
	if err != nil {
		return nil, err
	}
	return app.(*App).engine, nil
}

// repickWindow bounds how long a request that could not be sent looks for
// another backend; a swap takes milliseconds, so a second is an outage.
const repickWindow = time.Second

// repickPause is how long to wait for a swap before the same backend is
// tried again.
const repickPause = 25 * time.Millisecond

func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request, _ caddyhttp.Handler) error {
	w, r, end := observed(h.engine, w, r)
	defer end()
	h.engine.Begun(r.Context())
	h.engine.Selector().Split().Enrol(w, r)
	target, fault := h.target(r)
	if fault != nil {
		return fault.write(w, r)
	}
	if target.elsewhere != nil {
		redirect(w, r, target.elsewhere)
		return nil
	}
	if target.ui {
		w = h.isolated(w, r)
	}
	if fault := h.serve(w, target); fault != nil {
		refusedFor(h.engine, metrics.Proxy, r, fault.status)
		return fault.write(w, r)
	}
	return nil
}

// serve returns the problem to answer with, or nil when w has the answer. A
// runner that is down is seen to be down, whatever is kept of it.
func (h *Handler) serve(w http.ResponseWriter, t target) *problem {
	if !t.kept {
		return h.proxy(w, t)
	}
	if fault := ready(t.request.Context(), t.request, h.engine); fault != nil {
		return fault
	}
	err := h.engine.Assets().Serve(w, t.request, func(w http.ResponseWriter, r *http.Request) error {
		if fault := h.proxy(w, target{request: r, modify: t.modify, static: t.static}); fault != nil {
			return fault
		}
		return nil
	})
	return asProblem(err)
}

// proxy sends t to the runner: pick, serve, pick again.
func (h *Handler) proxy(w http.ResponseWriter, t target) *problem {
	giveUp := time.Now().Add(patience(h.engine, t.request))
	for {
		if fault := ready(t.request.Context(), t.request, h.engine); fault != nil {
			return fault
		}
		changed := h.engine.Selector().Changed()
		err := h.attempt(w, t)
		if err == nil {
			return nil
		}
		if !backend.Retryable(t.request, err) || time.Now().After(giveUp) || !pause(t.request.Context(), changed) {
			fault := backendProblem(err)
			return &fault
		}
	}
}

func (h *Handler) attempt(w http.ResponseWriter, t target) error {
	b, release := h.engine.Selector().Acquire(t.request)
	defer release() // in a defer: the proxy panics when the client leaves mid-body
	if b == nil {
		return backend.ErrNone
	}
	name(t.request, b)
	modify := func(res *http.Response) {
		h.engine.Metrics().Request(metrics.Proxy, b.Name(), res.StatusCode)
		t.modify(res)
	}
	err := b.Serve(w, t.request, backend.Options{Prefix: h.Prefix, Tenant: t.tenant, Static: t.static, Modify: modify})
	suspect(h.engine, err)
	return err
}

// suspect has a backend asked that could not be reached.
func suspect(e *engine.Engine, err error) {
	var failed *backend.RequestError
	if errors.As(err, &failed) && !failed.Sent {
		e.Suspect(failed.Backend)
	}
}

// pause waits for a swap, not for a timer, unless none comes; it says whether
// the client still waits.
func pause(ctx context.Context, changed <-chan struct{}) bool {
	return backend.Pause(ctx, changed, repickPause)
}

// name lets logs and header operations say which backend answered.
func name(r *http.Request, b *backend.Backend) {
	dashboard.RecordingOf(r.Context()).Answers(b.Name(), b.Config().Generation)
	if repl, ok := r.Context().Value(caddy.ReplacerCtxKey).(*caddy.Replacer); ok {
		repl.Set("http.runner.backend", b.Name())
	}
}

var (
	_ caddy.Provisioner           = (*Handler)(nil)
	_ caddy.Validator             = (*Handler)(nil)
	_ caddyhttp.MiddlewareHandler = (*Handler)(nil)
)

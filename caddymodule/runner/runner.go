// Package runner is the reference runner: it serves the UI of extensions
// (`/ext-ui/…`), executes their server handlers (`/v1/execute`), warms them
// up (`/warmup`) and tells how it is (`/healthz`).
//
// It is a plain [http.Handler] that knows no Caddy: the embedded backend
// calls it in process, a container image listens with it. It finds content
// through [Source], executes it with a [guest.Engine] and answers the
// handlers' calls through a [host.Platform].
package runner

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/same-origin/devproxy/caddymodule/runner/guest"
)

// Runner answers the routes of the runner contract. Make one with [New].
type Runner struct {
	cfg      Config
	programs *programs
	digests  *digests
	replays  *replays
	csp      string
}

// New makes a Runner from cfg. The error says which setting cannot work.
func New(cfg Config) (*Runner, error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, err
	}
	r := &Runner{cfg: cfg, digests: newDigests(), replays: newReplays(), csp: cfg.policy()}
	if cfg.Engine != nil {
		r.programs = newPrograms(cfg.Engine, cfg.Logger)
	}
	return r, nil
}

// ServeHTTP implements [http.Handler]. It matches the path as it was sent:
// cleaning it first, as http.ServeMux does, would turn refused paths into
// redirects.
func (r *Runner) ServeHTTP(rw http.ResponseWriter, req *http.Request) {
	w := &answer{ResponseWriter: rw}
	switch path := req.URL.EscapedPath(); {
	case strings.HasPrefix(path, assetPrefix):
		r.allow(w, req, r.serveAsset, http.MethodGet, http.MethodHead)
	case path == "/v1/execute":
		r.allow(w, req, r.serveExecute, http.MethodPost)
	case path == "/healthz":
		r.allow(w, req, r.serveHealth, http.MethodGet, http.MethodHead)
	case path == "/warmup":
		r.allow(w, req, r.serveWarmup, http.MethodPost)
	default:
		writeError(w, notFound("the runner has no such route; it answers /ext-ui/…, /v1/execute, /warmup and /healthz"))
	}
}

// Warm compiles the handler of ref ahead of its first request. The error is
// [ErrNotInstalled], a *[FetchError], a *[guest.UnsupportedError], or says
// that there is no handler and how to build it.
func (r *Runner) Warm(ctx context.Context, ref Ref) error {
	bundle, err := r.open(ctx, ref)
	if err != nil {
		return err
	}
	_, err = r.WarmBundle(ctx, ref.Extension, bundle)
	return err
}

// WarmBundle is [Runner.Warm] for content that no Source knows yet. It gives
// what the handler may call.
func (r *Runner) WarmBundle(ctx context.Context, extension string, bundle Bundle) ([]guest.Import, error) {
	if r.programs == nil {
		return nil, errors.New("warming up: this runner serves UIs only; it executes nothing")
	}
	if err := findHandler(bundle, extension); err != nil {
		return nil, err
	}
	program, err := r.programs.load(ctx, bundle)
	if err != nil {
		return nil, err
	}
	return program.Imports(), nil
}

// Close ends the runs that go on although their callers left (see
// [replays]) and waits for them until ctx ends. Engine, Platform and Sources
// belong to the caller, who closes them afterwards.
func (r *Runner) Close(ctx context.Context) error {
	return r.replays.close(ctx)
}

// allow calls serve if the request's method is one of methods.
func (r *Runner) allow(w *answer, req *http.Request, serve func(*answer, *http.Request), methods ...string) {
	for _, method := range methods {
		if req.Method == method {
			serve(w, req)
			return
		}
	}
	w.Header().Set("Allow", strings.Join(methods, ", "))
	writeError(w, &failure{http.StatusMethodNotAllowed, "method_not_allowed",
		"this route answers " + strings.Join(methods, " and ") + " only"})
}

// Interface guard.
var _ http.Handler = (*Runner)(nil)

// gateway.go contains Gateway, which turns a call of an extension's API into
// an execute request to the selected backend.

package caddymodule

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	"go.uber.org/zap"

	"github.com/same-origin/devproxy/caddymodule/internal/backend"
	"github.com/same-origin/devproxy/caddymodule/internal/engine"
	"github.com/same-origin/devproxy/caddymodule/internal/metrics"
)

func init() { caddy.RegisterModule(Gateway{}) }

// Gateway answers `/api/ext/{id}/…`: the request becomes an envelope, the
// selected backend executes the extension's handler with it, and the
// envelope's status, headers and body become the response. {id} is
// `publisher.name` or the install id.
//
// Errors are `{"error":{"code","message"},"request_id"}`: 400
// `invalid_request`, 403 `cross_origin`, 404 `not_installed` and
// `endpoint_not_found`, 405 `method_not_allowed`, 408
// `request_timeout`, 413 `payload_too_large`, 500
// `runner_not_configured`, 502 `handler_missing`,
// `runner_unreachable` and `runner_error`, 503
// `runner_not_ready`, 504 `runner_timeout`, and what the runner's envelope
// reports, such as 500 `execute_failed`.
type Gateway struct {
	// Prefix stands before {id}. Default: `/api/ext/`.
	Prefix string `json:"prefix,omitempty"`

	// MaxBody bounds a request's body, in bytes. Default: 10 MiB.
	MaxBody int64 `json:"max_body,omitempty"`

	engine *engine.Engine
	log    *zap.Logger
	origin *http.CrossOriginProtection
}

// executeFailed is how an envelope begins whose handler did not answer.
const executeFailed = "execute_failed: "

// defaultMaxBody is the platform's limit.
const defaultMaxBody = 10 << 20

// CaddyModule returns the Caddy module information.
func (Gateway) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{ID: "http.handlers.runner_gateway", New: func() caddy.Module { return new(Gateway) }}
}

// Provision sets the defaults and finds the engine.
func (g *Gateway) Provision(ctx caddy.Context) (err error) {
	if g.Prefix == "" {
		g.Prefix = "/api/ext/"
	}
	if g.MaxBody == 0 {
		g.MaxBody = defaultMaxBody
	}
	g.origin = http.NewCrossOriginProtection()
	if g.engine, err = engineOf(ctx); err != nil {
		return err
	}
	g.log = kept(g.engine, ctx.Logger())
	return nil
}

func (g *Gateway) ServeHTTP(w http.ResponseWriter, r *http.Request, _ caddyhttp.Handler) error {
	start := time.Now()
	w, r, end := observed(g.engine, w, r)
	defer end()
	g.engine.Begun(r.Context())
	g.engine.Selector().Split().Enrol(w, r)
	found, call, fault := g.call(w, r)
	if fault != nil {
		return fault.write(w, r)
	}
	taking := take(g.engine, start, found, call)
	call.Trace = taking != nil
	envelope, name, err := g.execute(r, call, taking)
	executed(r, call, envelope)
	if err != nil {
		return g.failed(w, r, call, name, err, taking)
	}
	g.log.Debug("executed", zap.String("extension", call.Context.ExtensionID), zap.String("request_id", call.Context.RequestID),
		zap.String("backend", name), zap.Int("status", envelope.Status), zap.Duration("duration", time.Since(start)))
	w.Header().Set("X-Runner-Backend", name)
	w.Header().Set("X-Ext-Build", found.Build)
	if message, trapped := strings.CutPrefix(envelope.Error, executeFailed); trapped {
		envelope.Error = executeFailed + g.engine.Trapped(found, call.Context.RequestID, message)
	}
	taking.answered(envelope)
	return writeEnvelope(w, r, envelope)
}

// execute picks, sends, and picks again while nothing could be sent.
func (g *Gateway) execute(r *http.Request, call backend.ExecuteRequest, taking *taking) (envelope backend.ExecuteResponse, name string, err error) {
	began := time.Now()
	ctx, cancel := context.WithTimeout(r.Context(), g.engine.Settings().GatewayTimeout)
	defer cancel()
	giveUp := began.Add(repickWindow)
	for {
		waited := time.Now()
		if fault := ready(ctx, r, g.engine); fault != nil {
			return envelope, "", fault
		}
		taking.stepped("wait for a backend", waited)
		changed := g.engine.Selector().Changed()
		envelope, name, err = g.attempt(r, began, call, taking)
		var failed *backend.RequestError
		if !errors.As(err, &failed) || failed.Sent || time.Now().After(giveUp) || !pause(ctx, changed) {
			return envelope, name, err
		}
	}
}

// attempt asks the backend that is picked, which may have longer than others:
// the wait for its first byte is no longer than the call.
func (g *Gateway) attempt(r *http.Request, began time.Time, call backend.ExecuteRequest, taking *taking) (backend.ExecuteResponse, string, error) {
	b, release := g.engine.Selector().Acquire(r)
	defer release()
	if b == nil {
		return backend.ExecuteResponse{}, "", backend.ErrNone
	}
	name(r, b)
	ctx, cancel := context.WithDeadline(r.Context(), began.Add(g.engine.Settings().CallTimeout(b.Config())))
	defer cancel()
	call.Trace = call.Trace || speaksElsewhere(b)
	asked := time.Now()
	envelope, err := b.Execute(ctx, call, r.Header.Get("X-Idempotency-Key"))
	taking.asked(b, asked)
	if err == nil {
		g.engine.Metrics().Request(metrics.Gateway, b.Name(), cmp.Or(envelope.Status, http.StatusOK))
		if speaksElsewhere(b) {
			g.say(call, envelope.Trace)
		}
	}
	suspect(g.engine, err)
	return envelope, b.Name(), err
}

// failed reports err to the client, and logs what identifies it: names,
// status and ids, never anything that the runner sent.
func (g *Gateway) failed(w http.ResponseWriter, r *http.Request, call backend.ExecuteRequest, name string, err error, taking *taking) error {
	if r.Context().Err() != nil {
		return nil // the client left
	}
	fault := asProblem(err)
	taking.refused(fault)
	refusedFor(g.engine, metrics.Gateway, r, fault.status)
	g.log.Warn("a handler could not be executed", zap.String("extension", call.Context.ExtensionID), zap.String("request_id", call.Context.RequestID),
		zap.String("backend", name), zap.String("code", fault.code), zap.Int("status", fault.status))
	return fault.write(w, r)
}

// split cuts the path into the extension's id and the handler's path, which
// stays escaped: it becomes part of a URL again.
func (g *Gateway) split(r *http.Request) (id, path string, ok bool) {
	rest, ok := strings.CutPrefix(r.URL.EscapedPath(), g.Prefix)
	if !ok {
		return "", "", false
	}
	id, path, _ = strings.Cut(rest, "/")
	id, err := url.PathUnescape(id)
	return id, "/" + path, err == nil && id != ""
}

var (
	_ caddy.Provisioner           = (*Gateway)(nil)
	_ caddyhttp.MiddlewareHandler = (*Gateway)(nil)
)

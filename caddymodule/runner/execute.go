package runner

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"time"

	"github.com/same-origin/devproxy/caddymodule/runner/trace"
)

// call is one parsed request to `/v1/execute`.
type call struct {
	tenant, extension string // from the routing headers; they find the bundle
	requestID         string
	idempotencyKey    string
	body              executeBody
	journal           *trace.Journal // nil when the caller asks for no trace
}

// serveExecute answers `POST /v1/execute`.
func (r *Runner) serveExecute(w *answer, req *http.Request) {
	if !r.verify(req) {
		refuseToken(w)
		return
	}
	c, f := r.parseCall(w, req)
	if f != nil {
		writeError(w, f)
		return
	}
	start := time.Now()
	out := r.execute(req.Context(), c)
	r.logCall(req.Context(), c, out, time.Since(start))
	if out.completed {
		w.Header().Set("Server-Timing", fmt.Sprintf("guest;dur=%.2f", milliseconds(out.guest)))
	}
	out.envelope.Trace = c.traceOf(out)
	writeJSON(w, http.StatusOK, out.envelope)
}

func (r *Runner) parseCall(w http.ResponseWriter, req *http.Request) (call, *failure) {
	c := call{
		tenant:         req.Header.Get("X-Alga-Tenant"),
		extension:      req.Header.Get("X-Alga-Extension"),
		requestID:      req.Header.Get("X-Request-Id"),
		idempotencyKey: req.Header.Get("X-Idempotency-Key"),
	}
	if f := r.readJSON(w, req, &c.body); f != nil {
		return call{}, f
	}
	if f := c.body.check(); f != nil {
		return call{}, f
	}
	if c.requestID == "" {
		c.requestID = c.body.Context.RequestID
	}
	if req.Header.Get(trace.Header) != "" {
		c.journal = trace.NewJournal()
	}
	return c, nil
}

// traceOf is what the caller is told, if it asked. The outcome of an earlier
// call brings the trace of that one, or none.
func (c call) traceOf(out outcome) *trace.Trace {
	switch {
	case c.journal == nil:
		return nil
	case out.journal == c.journal:
		return c.journal.Trace()
	}
	told := new(trace.Trace)
	if out.journal != nil {
		told = out.journal.Trace()
	}
	told.Repeated = true
	return told
}

// execute answers c with a new run or, for an idempotency key that was seen,
// with the outcome of its first one.
func (r *Runner) execute(ctx context.Context, c call) outcome {
	if c.tenant == "" || c.extension == "" {
		return c.journalled(failed(http.StatusBadRequest, "missing_routing_headers"))
	}
	if c.idempotencyKey == "" {
		return r.run(ctx, c)
	}
	out, err := r.replays.do(ctx, newReplayKey(c), func(ctx context.Context) outcome { return r.runContained(ctx, c) })
	if err != nil {
		return c.journalled(executeFailed(err))
	}
	return out
}

// journalled is out as the outcome of c itself.
func (c call) journalled(out outcome) outcome {
	out.journal = c.journal
	return out
}

// runContained is run outside of the request's goroutine, where nothing else
// would keep a panic from ending the process.
func (r *Runner) runContained(ctx context.Context, c call) (out outcome) {
	defer func() {
		if p := recover(); p != nil {
			r.cfg.Logger.ErrorContext(ctx, "executing extension panicked", "request_id", c.requestID, "panic", p, "stack", string(debug.Stack()))
			out = c.journalled(failed(http.StatusInternalServerError, executeFailedPrefix+"internal error; the runner's log holds the stack"))
		}
	}()
	return r.run(ctx, c)
}

// logCall writes the one log line of an execution. Bodies, headers and
// secrets stay out of it.
func (r *Runner) logCall(ctx context.Context, c call, out outcome, took time.Duration) {
	attrs := []slog.Attr{
		slog.String("request_id", c.requestID),
		slog.String("tenant", c.tenant),
		slog.String("extension", c.extension),
		slog.Int("status", int(out.envelope.Status)),
		slog.Float64("duration_ms", milliseconds(took)),
	}
	if out.envelope.Error != nil {
		attrs = append(attrs, slog.String("error", *out.envelope.Error))
	}
	r.cfg.Logger.LogAttrs(ctx, r.callLevel(out), "executed extension", attrs...)
}

func milliseconds(d time.Duration) float64 {
	return float64(d.Microseconds()) / 1000
}

package engine

import (
	"context"
	"errors"
	"sync"

	"github.com/same-origin/devproxy/caddymodule/internal/extension"
	"github.com/same-origin/devproxy/caddymodule/runner"
	"github.com/same-origin/devproxy/caddymodule/runner/guest"
	"github.com/same-origin/devproxy/caddymodule/runnerstatus"
)

// handlerState remembers how compiling one content of a folder went.
type handlerState struct {
	mu     sync.Mutex
	hash   string
	status runnerstatus.Handler
}

// handlerStatus starts compiling the handler of ext unless that was done:
// compiling ahead of the first request saves it the seconds that it takes.
func (e *Engine) handlerStatus(l *loaded, ext *extension.Extension) runnerstatus.Handler {
	if !ext.HasHandler && ext.API == nil {
		return runnerstatus.Handler{Status: "none"}
	}
	if !ext.HasHandler {
		return runnerstatus.Handler{
			Status:  "missing",
			Message: "dist/main.wasm does not exist in " + ext.Dir + ", so the extension's handler cannot answer",
			Fix:     "install Node 20 or newer, then run 'npm ci && npm run build' in that folder",
		}
	}
	l.handler.mu.Lock()
	defer l.handler.mu.Unlock()
	if l.handler.hash != ext.Hash {
		l.handler.hash = ext.Hash
		l.handler.status = runnerstatus.Handler{Status: "building", Message: "the handler is being compiled; this takes some seconds the first time"}
		e.background(func(ctx context.Context) { e.compile(ctx, l, ext) })
	}
	return l.handler.status
}

func (e *Engine) compile(ctx context.Context, l *loaded, ext *extension.Extension) {
	status := runnerstatus.Handler{Status: "ready"}
	if run := e.embedded.Load(); run != nil {
		ref := runner.Ref{Tenant: l.settings.Tenant, Extension: ext.ID, Hash: ext.Hash}
		status = statusOf(run.runner.Warm(ctx, ref))
	}
	if status.Status != "ready" && ctx.Err() == nil {
		e.log.Warn("compiling an extension's handler", "extension", ext.ID, "status", status.Status, "message", status.Message)
	}
	l.handler.mu.Lock()
	defer l.handler.mu.Unlock()
	if l.handler.hash == ext.Hash {
		l.handler.status = status
	}
}

func statusOf(err error) runnerstatus.Handler {
	var unsupported *guest.UnsupportedError
	switch {
	case err == nil:
		return runnerstatus.Handler{Status: "ready"}
	case errors.As(err, &unsupported):
		return runnerstatus.Handler{Status: "unsupported", Message: "dist/main.wasm: " + unsupported.Reason, Fix: unsupported.Fix}
	}
	return runnerstatus.Handler{Status: "failed", Message: err.Error()}
}

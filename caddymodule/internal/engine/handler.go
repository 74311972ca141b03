package engine

import (
	"context"
	"errors"

	"github.com/same-origin/devproxy/caddymodule/internal/bundle"
	"github.com/same-origin/devproxy/caddymodule/internal/event"
	"github.com/same-origin/devproxy/caddymodule/internal/loop"
	"github.com/same-origin/devproxy/caddymodule/runner"
	"github.com/same-origin/devproxy/caddymodule/runner/guest"
)

// hooks are what the loop of l asks of the engine.
func (e *Engine) hooks(l *loaded) loop.Hooks {
	return loop.Hooks{
		Bus: &e.bus, Log: e.log,
		SourceMode: func(dir string) error { return errors.New("no source mode yet") },
		Prepare:    func(ctx context.Context, c loop.Candidate) []event.Problem { return e.prepare(ctx, c) },
	}
}

// asBundle is content as the embedded runner takes it: no cache may keep what
// the next save replaces.
func asBundle(dir string, content *bundle.Bundle) runner.Bundle {
	return runner.Bundle{Hash: content.Hash, Files: content.Files(), Live: true, Dir: dir}
}

// prepare compiles the candidate's handler in the embedded runner.
func (e *Engine) prepare(ctx context.Context, c loop.Candidate) []event.Problem {
	run := e.embedded.Load()
	if run == nil || !c.HasHandler {
		return nil
	}
	err := run.runner.WarmBundle(ctx, c.ID, asBundle(c.Dir, c.Bundle))
	var unsupported *guest.UnsupportedError
	switch {
	case err == nil || ctx.Err() != nil:
		return nil
	case errors.As(err, &unsupported):
		return []event.Problem{{Code: loop.CodeUnsupported, File: "dist/main.wasm", Message: unsupported.Reason, Fix: unsupported.Fix}}
	}
	return []event.Problem{{Code: loop.CodeHandler, Message: err.Error()}}
}

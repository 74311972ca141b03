package engine

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/same-origin/devproxy/caddymodule/internal/backend"
	"github.com/same-origin/devproxy/caddymodule/internal/monitor"
)

// codeIdle: a backend was asked for that nobody started.
const codeIdle = "backend_not_ready"

// Execute runs a handler on the named backend, whoever is selected. The error
// is a *NotReadyError for a backend that takes no requests now: none is started
// for it.
func (e *Engine) Execute(ctx context.Context, name string, call backend.ExecuteRequest) (backend.ExecuteResponse, error) {
	e.mu.Lock()
	b := e.backends[name]
	var fault monitor.Fault
	if b != nil && !b.Ready() {
		fault = monitor.Fault{Code: codeIdle, Message: "nobody has started it; send requests to it once, with 'devproxy use " + name + "'"}
		if known := e.monitored(b); known.LastError != nil {
			fault = *known.LastError
		}
	}
	names := slices.Sorted(maps.Keys(e.backends))
	e.mu.Unlock()
	switch {
	case b == nil:
		return backend.ExecuteResponse{}, fmt.Errorf("%w %q; there are %v", ErrUnknownBackend, name, names)
	case fault.Code != "":
		return backend.ExecuteResponse{}, &NotReadyError{name, fault}
	}
	return b.Execute(ctx, call, "") // with a key, it would be answered from what the runner remembers
}

// Furnish has the change loops publish what all these backends can execute, and
// keeps swaps away until release is called. A handler that runs from its source
// here is not there for a runner in another process.
func (e *Engine) Furnish(ctx context.Context, names []string) (release func(), err error) {
	select {
	case e.using <- struct{}{}:
	case <-ctx.Done():
		return nil, fmt.Errorf("sending calls again: a swap is under way: %w", ctx.Err())
	}
	release = func() { <-e.using }
	if isElsewhere(e.selector.Current()) {
		return release, nil
	}
	for _, name := range names {
		if b, _ := e.backendOf(name); isElsewhere(b) && b.Ready() {
			e.furnish(ctx, name, false)
			return func() {
				e.tellLoops(e.ctx, isElsewhere(e.selector.Current()))
				<-e.using
			}, nil
		}
	}
	return release, nil
}

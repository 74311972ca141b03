package engine

import (
	"context"
	"time"

	"github.com/same-origin/devproxy/caddymodule/internal/backend"
	"github.com/same-origin/devproxy/caddymodule/internal/event"
)

// elsewhere says whether the backend that s will have selected is another
// process, which executes no sources.
func (e *Engine) elsewhere(s Settings) bool {
	name := s.Default
	same := e.settings.Load().Default == s.Default
	if current := e.selector.Current(); current != nil && same {
		name = current.Name()
	}
	b, known := s.Backends[name]
	return known && b.Kind != backend.Embedded
}

// followSelection tells the change loops and the bus of each swap, until ctx
// ends. Swaps that follow each other quickly are one.
func (e *Engine) followSelection(ctx context.Context) {
	var last *backend.Backend // nil before the first look, which may come after a swap
	for ctx.Err() == nil {
		changed := e.selector.Changed()
		if b := e.selector.Current(); b != nil && b != last {
			if last == nil {
				last = e.first.Load()
			}
			if last != nil && last != b {
				e.bus.Publish(event.RunnerChanged{Backend: b.Name(), Generation: b.Config().Generation, At: time.Now()})
			}
			last = b
			e.tellLoops(ctx, isElsewhere(b))
		}
		select {
		case <-changed:
		case <-ctx.Done():
		}
	}
}

func (e *Engine) tellLoops(ctx context.Context, elsewhere bool) {
	for _, l := range e.loaded() {
		if err := l.loop.SetElsewhere(ctx, elsewhere); err != nil && ctx.Err() == nil {
			e.log.Debug("a change loop was not told of the swap", "dir", l.dir, "error", err)
		}
	}
}

package engine

import (
	"context"
	"errors"
	"time"

	"github.com/same-origin/devproxy/caddymodule/internal/backend"
	"github.com/same-origin/devproxy/caddymodule/internal/event"
)

// warmPause is how soon a runner that took no connection is asked again.
const warmPause = 250 * time.Millisecond

// warmRetries is how often a runner is asked again that could not fetch, each
// time after twice the pause: what one fetch in a container came to says little.
const warmRetries = 3

// warmDeaths is how many runners may die while they are asked, before it is the
// content that they die of: one may have been killed by somebody else just then.
const warmDeaths = 3

// warm has the selected runner fetch content. One that takes no connection has
// died and is about to be brought back: that says nothing of the content, and a
// save must not be lost by it. Nor does one that dies over the question, until
// others have died of it too. One that says nothing for so long has not died,
// and would hold the save up as long again.
func (e *Engine) warm(ctx context.Context, content backend.Content) error {
	for refused, died := 0, 0; ; {
		if err := e.selector.Wait(ctx); err != nil {
			return err
		}
		changed := e.selector.Changed()
		err := e.warmOnce(ctx, content)
		again := warmPause
		var unreached *backend.RequestError
		var answer *backend.RefusedError
		switch {
		case errors.As(err, &unreached) && !unreached.Sent:
		case errors.As(err, &unreached) && !unreached.Timeout() && ctx.Err() == nil && died < warmDeaths-1:
			died++
		case errors.As(err, &answer) && answer.Passing() && refused < warmRetries:
			again <<= refused
			refused++
		default:
			return err
		}
		select {
		case <-changed:
		case <-time.After(again):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// heat has a docker backend that is about to take over fetch what is published,
// and compile the handlers: the change loops have only the selected runner do
// that, and the first request would wait for it. What cannot be warmed holds no
// swap up.
func (e *Engine) heat(ctx context.Context, name string, wait bool) {
	b, absent := e.backendOf(name)
	if running := e.docker.Load(); b == nil || absent != nil || b.Config().Kind != backend.Docker || running == nil || !running.runner.Furnished() {
		return
	}
	if !wait {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, furnishing)
		defer cancel()
	}
	_ = e.heatWith(ctx, b) // it was logged, and the swap goes on
}

// heatWith warms what is published, and what is published meanwhile. The error
// is why the backend broke off; that some content is of no use is logged.
func (e *Engine) heatWith(ctx context.Context, b *backend.Backend) error {
	var broken *backend.RequestError
	asked := map[backend.Content]bool{}
	for again := true; again && ctx.Err() == nil; {
		again = false
		for _, content := range e.published() {
			if asked[content] {
				continue
			}
			asked[content], again = true, true
			work := e.working.Begin(event.Warming, content.Extension, "")
			err := b.Warm(ctx, content)
			work.End()
			if err == nil {
				continue
			}
			e.log.Debug("an extension was not warmed before the swap", "backend", b.Name(), "extension", content.Extension, "error", err)
			if errors.As(err, &broken) {
				return err
			}
		}
	}
	return nil
}

// published is what the change loops have published last.
func (e *Engine) published() (list []backend.Content) {
	for _, l := range e.loaded() {
		if ext := l.loop.State().Extension; ext != nil {
			list = append(list, backend.Content{Tenant: l.settings.Tenant, Extension: ext.ID, Hash: ext.Hash, UI: ext.UI != nil, Handler: ext.HasHandler})
		}
	}
	return list
}

func (e *Engine) warmOnce(ctx context.Context, content backend.Content) error {
	b, release := e.selector.Acquire(nil)
	defer release()
	if b == nil {
		return nil
	}
	return b.Warm(ctx, content)
}

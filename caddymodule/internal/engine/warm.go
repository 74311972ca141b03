package engine

import (
	"context"
	"errors"
	"time"

	"github.com/same-origin/devproxy/caddymodule/internal/backend"
)

// warmPause is how soon a runner that took no connection is asked again.
const warmPause = 250 * time.Millisecond

// warmRetries is how often a runner is asked again that could not fetch, each
// time after twice the pause: what one fetch in a container came to says little.
const warmRetries = 3

// warm has the selected runner fetch content. One that takes no connection has
// died and is about to be brought back: that says nothing of the content, and a
// save must not be lost by it. One that dies of the question is not asked again.
func (e *Engine) warm(ctx context.Context, content backend.Content) error {
	for refused := 0; ; {
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

func (e *Engine) warmOnce(ctx context.Context, content backend.Content) error {
	b, release := e.selector.Acquire(nil)
	defer release()
	if b == nil {
		return nil
	}
	return b.Warm(ctx, content)
}

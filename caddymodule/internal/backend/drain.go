package backend

import (
	"context"
	"fmt"
	"time"
)

// Drain waits until no request runs on b, which must not be selected. Streams
// have no end of their own: they get grace once the requests are done.
func (s *Selector) Drain(ctx context.Context, b *Backend, grace time.Duration) error {
	requests := func() int64 { return b.InFlight() - b.streams.Load() }
	if err := drain(ctx, b, requests); err != nil {
		return err
	}
	waiting, cancel := context.WithTimeout(ctx, grace)
	defer cancel()
	_ = drain(waiting, b, b.InFlight) // streams that are left end with their backend
	// Whoever picked b before it was left counts for a moment, until the second look.
	return drain(ctx, b, requests)
}

func drain(ctx context.Context, b *Backend, running func() int64) error {
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for running() > 0 {
		select {
		case <-ctx.Done():
			return fmt.Errorf("%d requests still run on %s: %w", b.InFlight(), b.Name(), ctx.Err())
		case <-tick.C:
		}
	}
	return nil
}

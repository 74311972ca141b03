package backend

import (
	"context"
	"fmt"
	"time"
)

// Drain waits until no request runs on b, which must not be selected. Streams
// have no end of their own: they get grace once the requests are done.
func (s *Selector) Drain(ctx context.Context, b *Backend, grace time.Duration) error {
	if err := drain(ctx, b, func() int64 { return b.InFlight() - b.streams.Load() }); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, grace)
	defer cancel()
	if err := drain(ctx, b, b.InFlight); err != nil && b.InFlight() > b.streams.Load() {
		return err
	}
	return nil
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

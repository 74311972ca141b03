// sweep.go contains the removal of containers whose time is over.

package dockerrunner

import (
	"context"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"
)

const (
	// sweepPause is the longest between two looks; a lease that ends sooner is
	// waited for.
	sweepPause = time.Minute
	// sweepAtOnce is how many containers are stopped at the same time.
	sweepAtOnce = 8
	// sweepGrace is what each has to end, in seconds.
	sweepGrace = 10
)

// sweep runs until the context ends.
func (s *Service) sweep(ctx context.Context) {
	for ctx.Err() == nil {
		timer := time.NewTimer(s.sweepOnce(ctx))
		select {
		case <-timer.C:
		case <-s.leases.changed:
		case <-ctx.Done():
		}
		timer.Stop()
	}
}

// sweepOnce removes what has expired, and says how long until the next does.
func (s *Service) sweepOnce(ctx context.Context) time.Duration {
	known := s.leases.known()
	all, err := s.list(ctx, true, map[string][]string{"label": {instanceLabel + "=" + s.leases.state.Instance}})
	if err != nil {
		s.log.Load().Debug("looking for containers whose time is over", "error", err)
		return sweepPause
	}
	gone := slices.DeleteFunc(known, func(id string) bool {
		return slices.ContainsFunc(all, func(c listed) bool { return c.ID == id })
	})
	if err := s.leases.forget(gone); err != nil {
		s.log.Load().Warn("forgetting containers that are gone", "error", err)
	}
	pause := sweepPause
	var expiring errgroup.Group
	expiring.SetLimit(sweepAtOnce)
	for _, c := range all {
		due, ends := s.leases.due(c)
		if left := time.Until(due); ends && left > 0 {
			pause = min(pause, left)
		} else if ends {
			expiring.Go(func() error { return s.expire(ctx, c.ID) })
		}
	}
	if expiring.Wait() != nil {
		pause = min(pause, 2*time.Second) // the first retry; later ones are put off by due
	}
	return pause
}

func (s *Service) expire(ctx context.Context, id string) error {
	err := s.halt(ctx, id, sweepGrace)
	if err == nil {
		err = s.discard(ctx, id)
	}
	if err != nil {
		s.leases.failed(id)
		s.log.Load().Warn("removing a container whose time is over", "containerId", id, "error", err)
		return err
	}
	s.log.Load().Info("removed a container whose time is over", "containerId", id)
	return nil
}

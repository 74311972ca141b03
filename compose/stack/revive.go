package stack

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/same-origin/devproxy/compose/docker"
)

// Revive brings the live generation back when it is dead: its container is
// started again, or made anew as another generation when it is gone, or going. A
// generation that runs is left alone, and followed where it has moved.
func (s *Stack) Revive(ctx context.Context) (*Generation, error) { return s.revive(ctx, nil) }

// revive stops the hung generation first, while that is still the live one: a
// paused container, too, ends by that.
func (s *Stack) revive(ctx context.Context, hung *Generation) (*Generation, error) {
	release, err := s.acquire(ctx)
	if err != nil {
		return nil, err
	}
	defer release()
	live := s.Live()
	if live == nil {
		return nil, fmt.Errorf("reviving service %s: no generation is live", s.Runner)
	}
	c, err := s.Engine.Inspect(ctx, live.Container)
	switch {
	case docker.Is(err, docker.CodeContainerNotFound), err == nil && c.Leaving():
		return s.replace(ctx, live.ImageID, s.runningBinary())
	case err != nil:
		return nil, err
	case c.Running() && live != hung && !s.moved(c, live):
		return live, nil
	case live == hung && c.Running():
		if err := s.Engine.StopContainer(ctx, live.Container, s.grace(s.Runner)); err != nil {
			return nil, err
		}
	}
	again, err := s.bringUp(ctx, live.Container)
	if docker.CodeOf(err) == docker.CodeEngine {
		// An engine whose containerd died may never start this one again: it knows of
		// a task that is there no more. Another container it starts.
		return s.replace(ctx, live.ImageID, s.runningBinary())
	}
	if err != nil {
		// The container stays: it is the only one, and the next attempt's. It must
		// not run on, or that attempt would take it for a healthy one.
		err = s.withTail(ctx, err)
		stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), removalTimeout)
		defer cancel()
		return nil, errors.Join(err, s.Engine.StopContainer(stopping, live.Container, time.Second))
	}
	s.setLive(again)
	return again, nil
}

// moved says that a container runs at another address than its generation: the
// engine picks a port with each start, and `docker restart` may be over before
// anybody looks.
func (s *Stack) moved(c docker.Container, live *Generation) bool {
	address := c.Address(s.Port)
	return c.Running() && address != "" && address != live.Address
}

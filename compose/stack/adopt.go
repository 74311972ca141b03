package stack

import (
	"context"
	"errors"
	"fmt"

	"github.com/same-origin/devproxy/compose/docker"
)

// Adopt looks for what an earlier process of this instance left: the newest
// generation that is ready takes the traffic again, all others are stopped and
// removed, its spare among them. It returns nil when none is ready. Whatever step
// that process was killed at, one generation at most is left.
func (s *Stack) Adopt(ctx context.Context) (*Generation, error) {
	release, err := s.acquire(ctx)
	if err != nil {
		return nil, err
	}
	defer release()
	if err := s.spare.await(ctx); err != nil {
		return nil, err
	}
	found, err := s.Engine.Containers(ctx, s.ours(s.Runner))
	if err != nil {
		return nil, err
	}
	found = newestFirst(found)
	live, rest, err := s.pick(ctx, found)
	if err != nil {
		return nil, err
	}
	if live == nil {
		return nil, errors.Join(s.endAll(ctx, rest, true), s.folders.keep())
	}
	if err := s.Promote(ctx, live); err != nil {
		return nil, fmt.Errorf("handing the traffic to %s: %w", live, err)
	}
	s.setLive(live)
	defer s.prepareSpare(ctx, live.ImageID)
	if err := errors.Join(s.endAll(ctx, rest, true), s.folders.keep(live.Number)); err != nil {
		return live, err
	}
	return live, s.takeName(ctx, live, nil)
}

// pick parts the newest ready generation from the rest.
func (s *Stack) pick(ctx context.Context, found []docker.Container) (*Generation, []docker.Container, error) {
	var rest []docker.Container
	for i, c := range found {
		seen, state, err := s.look(ctx, c.ID)
		if state == ready {
			live := s.generation(seen)
			live.Adopted = true
			return live, append(rest, found[i+1:]...), nil
		}
		if docker.CodeOf(err) != "" {
			return nil, nil, err
		}
		rest = append(rest, c)
	}
	return nil, rest, nil
}

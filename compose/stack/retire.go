package stack

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/same-origin/devproxy/compose/docker"
)

// removalTimeout bounds the end of one container beyond its grace period.
const removalTimeout = 30 * time.Second

// drainTimeout bounds how long a container's end waits for those who follow its
// logs; a follower that does not read must not keep it.
const drainTimeout = 5 * time.Second

// defaultGrace is Compose's, and the engine's.
const defaultGrace = 10 * time.Second

// retire stops and removes generations that have lost the traffic, and the images
// that only they had, behind the caller's back and beyond its context: they are of
// no use to anyone.
func (s *Stack) retire(ctx context.Context, old []docker.Container) {
	ctx = context.WithoutCancel(ctx)
	s.retiring.Go(func() {
		s.report(s.endAll(ctx, old, true))
		s.images.Lock()
		defer s.images.Unlock()
		pruning, cancel := context.WithTimeout(ctx, removalTimeout)
		defer cancel()
		if err := s.Prune(pruning); !docker.Is(err, docker.CodeUnavailable) { // the next one will do
			s.report(err)
		}
	})
}

// end stops a container with its signal and grace period and removes it, with its
// anonymous volumes when they are of no use to what comes after it.
func (s *Stack) end(ctx context.Context, c docker.Container, volumes bool) error {
	grace := s.grace(serviceOf(c.Labels))
	ctx, cancel := context.WithTimeout(ctx, grace+removalTimeout)
	defer cancel()
	if c.Running() {
		if err := s.Engine.StopContainer(ctx, c.ID, grace); err != nil {
			return errors.Join(err, s.remove(ctx, c.ID, volumes))
		}
	}
	if err := s.remove(ctx, c.ID, volumes); err != nil {
		return err
	}
	return s.folders.remove(generationOf(c.Labels))
}

// endAll ends containers side by side and waits for it.
func (s *Stack) endAll(ctx context.Context, list []docker.Container, volumes bool) error {
	errs := make([]error, len(list))
	var ending sync.WaitGroup
	for i, c := range list {
		ending.Go(func() { errs[i] = s.end(ctx, c, volumes) })
	}
	ending.Wait()
	return errors.Join(errs...)
}

// remove lets the followers of its logs read to the end first, and keeps its last
// lines for those in other processes: with the container goes its log.
func (s *Stack) remove(ctx context.Context, id string, volumes bool) error {
	draining, cancel := context.WithTimeout(ctx, drainTimeout)
	defer cancel()
	s.followers.drain(draining, id)
	s.report(s.preserve(draining, id))
	if volumes {
		return s.Engine.DiscardContainer(ctx, id)
	}
	return s.Engine.RemoveContainer(ctx, id)
}

func (s *Stack) grace(service string) time.Duration {
	if p := s.Project.Compose.Services[service].StopGracePeriod; p != nil {
		return time.Duration(*p)
	}
	return defaultGrace
}

// takeName gives the live generation the service's fixed name. The old one is
// renamed aside first, so that the name is never with two and, after a crash in
// between, with none.
func (s *Stack) takeName(ctx context.Context, live *Generation, old []docker.Container) error {
	fixed := s.service.ContainerName
	if fixed == "" {
		return nil
	}
	ctx = context.WithoutCancel(ctx)
	for _, c := range old {
		if c.Name != fixed || c.ID == live.Container {
			continue
		}
		if err := s.Engine.RenameContainer(ctx, c.ID, fmt.Sprintf("%s-%d", fixed, generationOf(c.Labels))); err != nil {
			return err
		}
	}
	c, err := s.Engine.Inspect(ctx, live.Container)
	if err != nil || c.Name == fixed {
		return err
	}
	return s.Engine.RenameContainer(ctx, live.Container, fixed)
}

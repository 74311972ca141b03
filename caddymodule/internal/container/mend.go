package container

import (
	"context"
	"errors"
	"sync"

	"github.com/same-origin/devproxy/compose/docker"
	"github.com/same-origin/devproxy/compose/stack"
)

// attempts are the tries to bring the project up. Each that was asked for tells
// who asked what became of it.
type attempts struct {
	asked chan chan<- error
	up    chan struct{} // closed once one has succeeded
}

func newAttempts() attempts { return attempts{make(chan chan<- error), make(chan struct{})} }

// run brings the project up, however often that takes, and keeps it up.
func (r *Runner) run(ctx context.Context) {
	defer func() { r.folders.close(); r.offered.close() }()
	var asked chan<- error // nil while nobody has
	for ctx.Err() == nil {
		err := r.up(ctx)
		if asked != nil {
			asked <- err
		}
		if err == nil {
			close(r.attempts.up)
			r.supervise(ctx)
			return
		}
		if ctx.Err() != nil {
			return
		}
		away := isAway(err)
		r.down(err, !away)
		asked = r.pause(ctx, away)
	}
}

// isAway says that no engine answered: one may at any time.
func isAway(err error) bool {
	var unavailable *docker.UnavailableError
	return errors.As(err, &unavailable) || docker.Is(err, docker.CodeUnavailable)
}

// pause returns when another attempt may do better: with an engine that is away
// soon, else when somebody has corrected something and asks for one. What
// develop.watch asks for is carried out meanwhile.
func (r *Runner) pause(ctx context.Context, away bool) (asked chan<- error) {
	ctx, cancel := context.WithCancel(ctx)
	var meanwhile sync.WaitGroup
	defer meanwhile.Wait()
	defer cancel() // before the wait
	again := make(chan struct{})
	switch {
	case away:
		meanwhile.Go(func() { wait(ctx, engineRetry); close(again) })
	case r.current() != nil:
		meanwhile.Go(func() { r.supervise(ctx) })
	}
	select {
	case asked = <-r.attempts.asked:
	case <-again:
	case <-ctx.Done():
	}
	return asked
}

// Mend tries again to bring up a project that could not be brought up, with its
// files as they are now, and waits for what becomes of it. It says whether
// that was needed.
func (r *Runner) Mend(ctx context.Context) (needed bool, err error) {
	ctx, cancel := r.whileRunning(ctx)
	defer cancel()
	became := make(chan error, 1)
	select {
	case <-r.attempts.up:
		return false, nil
	case r.attempts.asked <- became:
	case <-ctx.Done():
		return false, ctx.Err()
	}
	select {
	case err := <-became:
		return true, err
	case <-ctx.Done():
		return true, ctx.Err()
	}
}

// mended gives the project once it is up, and whether it has got another
// generation by that.
func (r *Runner) mended(ctx context.Context) (s *stack.Stack, replaced bool, err error) {
	before := r.liveContainer()
	if _, err := r.Mend(ctx); err != nil {
		return nil, false, err
	}
	return r.current(), r.liveContainer() != before, nil
}

func (r *Runner) liveContainer() string {
	if s := r.current(); s != nil && s.Live() != nil {
		return s.Live().Container
	}
	return ""
}

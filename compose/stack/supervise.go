package stack

import (
	"context"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/same-origin/devproxy/compose/docker"
)

// Supervisor keeps the live generation running and answering. It looks when an
// event says so, and trusts only what it sees then: events may be late, doubled or
// missing. That one hangs tells no event, so it also asks again and again.
type Supervisor struct {
	Stack  *Stack
	Policy Policy
	Pulse  Pulse
	// Report hears of each change, in order.
	Report func(Status)
	// Events hears of everything Watch reports. Default: nobody does.
	Events func(Event)

	last     Status
	attempts int
	upSince  time.Time
	gaveUp   int // the generation whose restarts have come to their end
	again    <-chan time.Time
	pause    time.Duration // until it looks again at an engine that does not answer
	returned atomic.Bool   // the engine was away and is back
	nudge    chan struct{} // one slot: its health has changed
	hung     chan hung
}

// Run supervises until the context ends.
func (v *Supervisor) Run(ctx context.Context) error {
	v.Policy, v.Pulse = v.Policy.withDefaults(), v.Pulse.withDefaults()
	v.nudge, v.hung = make(chan struct{}, 1), make(chan hung)
	look := make(chan struct{}, 1)
	look <- struct{}{} // it may be dead already
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		return v.Stack.Watch(ctx, func(event Event) {
			if event.Kind == KindEngineBack {
				v.returned.Store(true)
			}
			if v.Events != nil {
				v.Events(event)
			}
			signal(look)
			if event.Kind == KindUnhealthy {
				signal(v.nudge)
			}
		})
	})
	group.Go(func() error {
		v.feel(ctx)
		return nil
	})
	group.Go(func() error {
		for {
			select {
			case <-look:
			case <-v.Stack.changed:
			case <-v.again:
			case found := <-v.hung:
				v.end(ctx, found)
				continue
			case <-ctx.Done():
				return nil
			}
			v.step(ctx)
		}
	})
	return group.Wait()
}

// signal fills a channel of one slot.
func signal(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// end takes a hung generation for a dead one.
func (v *Supervisor) end(ctx context.Context, found hung) {
	if v.Stack.Live() != found.live || v.gaveUp == found.live.Number {
		return
	}
	v.age()
	v.recover(ctx, Status{
		Generation: found.live, Code: "runner_hung", Reason: found.why.Error(),
		Fix: "see its logs; it is stopped and started again by itself",
	}, func(ctx context.Context) (*Generation, error) { return v.Stack.revive(ctx, found.live) })
}

// age forgets the restarts of a generation that has lived long since.
func (v *Supervisor) age() {
	if !v.upSince.IsZero() && time.Since(v.upSince) >= v.Policy.Reset {
		v.attempts = 0
	}
}

// step looks once at the live generation, and brings it back when it is dead.
func (v *Supervisor) step(ctx context.Context) {
	live := v.Stack.Live()
	if live == nil {
		return
	}
	if v.returned.Swap(false) {
		// An engine that shuts down first ends its containers and then fails
		// whatever is asked of it: none of that was the generation's fault.
		v.attempts, v.gaveUp = 0, 0
	}
	down, reason := v.cause(ctx, live)
	if v.Stack.Live() != live {
		return // replaced while we looked, and told of by another event
	}
	if !down {
		v.up(live)
		return
	}
	if v.gaveUp == live.Number || ctx.Err() != nil {
		return
	}
	if reason.Code == string(docker.CodeUnavailable) {
		v.away(reason)
		return
	}
	v.age()
	v.recover(ctx, reason, v.Stack.Revive)
}

// removed is why a generation is down that somebody has taken away, or does so now.
const removed = "it was removed"

// cause says whether and why the live generation is down.
func (v *Supervisor) cause(ctx context.Context, live *Generation) (bool, Status) {
	c, err := v.Stack.Engine.Inspect(ctx, live.Container)
	status := Status{Generation: live, Code: "runner_died"}
	switch {
	case err == nil && v.Stack.moved(c, live):
		status.Reason, status.Fix = "somebody else restarted it, and it has another port now", "it is followed there by itself"
	case err == nil && c.Running():
		return false, status
	case err == nil && c.Leaving():
		status.Reason, status.Fix = removed, "it is made anew by itself"
	case err == nil:
		status.Reason = ended(c)
		status.Fix = "see its logs; it is started again by itself"
	case docker.Is(err, docker.CodeContainerNotFound):
		status.Reason, status.Fix = removed, "it is made anew by itself"
	default:
		status = failure(live, err)
	}
	return true, status
}

// recover tries until the generation is up or the policy has had enough.
func (v *Supervisor) recover(ctx context.Context, cause Status, revive func(context.Context) (*Generation, error)) {
	// Of an engine that starts nothing it was told, and each try makes a cause of
	// its own.
	told := v.isAway()
	for {
		delay, more := v.Policy.Delay(v.attempts)
		if !more {
			v.gaveUp = cause.Generation.Number
			cause.GivenUp, cause.Attempt, cause.Delay = true, 0, 0
			cause.Fix = "correct what its last lines say and deploy it again"
			v.report(cause)
			return
		}
		v.attempts++
		cause.Attempt, cause.Delay = v.attempts, delay
		if !told {
			v.report(cause)
		}
		told = false
		if !sleep(ctx, delay) {
			return
		}
		live, err := revive(ctx)
		if err == nil {
			v.up(live)
			return
		}
		if ctx.Err() != nil {
			return
		}
		if cause = failure(cause.Generation, err); cause.Code == string(docker.CodeUnavailable) {
			v.attempts-- // not the generation's fault
			v.away(cause)
			return
		}
	}
}

// away reports an engine that does not answer, and has it looked at again. The
// event of its return leads there too, but there is none where it is only what
// it runs containers by that has gone: its events go on all the while.
func (v *Supervisor) away(status Status) {
	if v.isAway() {
		v.pause = min(2*v.pause, longestAway)
	} else {
		v.pause = lastPause
		v.report(status)
	}
	v.again = time.After(v.pause)
}

// longestAway bounds how long an engine that is back goes unnoticed where no
// event tells of it.
const longestAway = 5 * lastPause

// isAway says that the last that was told is an engine that does not answer.
func (v *Supervisor) isAway() bool {
	return !v.last.Up && v.last.Code == string(docker.CodeUnavailable)
}

// up reports a generation that runs, once.
func (v *Supervisor) up(live *Generation) {
	if live == nil || (v.last.Up && v.last.Generation == live) {
		return
	}
	if v.last.Generation == nil || v.last.Generation.Number != live.Number {
		v.attempts = 0
	}
	v.upSince, v.gaveUp = time.Now(), 0
	v.report(Status{Up: true, Generation: live})
}

func (v *Supervisor) report(status Status) {
	if !status.Up && !v.last.Up && v.last.Reason == status.Reason && v.last.Attempt == status.Attempt && v.last.GivenUp == status.GivenUp {
		return
	}
	v.last = status
	v.Report(status)
}

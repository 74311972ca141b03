package stack

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/same-origin/devproxy/compose/docker"
)

// Pulse says how the live generation is asked whether it still answers: by the
// health check of its service or image, which the engine runs, else by the
// stack's probe. A service that says `healthcheck: {disable: true}` is not asked:
// whoever stops its process in a debugger needs that. The zero value is the
// default.
type Pulse struct {
	Interval time.Duration // between two questions. Default: 2 s
	Timeout  time.Duration // for one answer; one within it is not slow. Default: 2 s
	Failures int           // in a row until the generation counts as hung. Default: 3
	// Answered is when the live generation last answered a request of anyone's,
	// zero for never. One that did since the last question is not asked. Default:
	// it is not known.
	Answered func() time.Time
}

func (p Pulse) withDefaults() Pulse {
	if p.Interval == 0 {
		p.Interval = 2 * time.Second
	}
	if p.Timeout == 0 {
		p.Timeout = 2 * time.Second
	}
	if p.Failures == 0 {
		p.Failures = 3
	}
	if p.Answered == nil {
		p.Answered = func() time.Time { return time.Time{} }
	}
	return p
}

// errSick is final: the engine has counted failures by itself.
var errSick = errors.New("its health check fails")

// hung is a generation that runs and does not answer.
type hung struct {
	live *Generation
	why  error
}

// feel asks the live generation at each interval, and early when something says
// so, until the context ends.
func (v *Supervisor) feel(ctx context.Context) {
	tick := time.NewTicker(v.Pulse.Interval)
	defer tick.Stop()
	var beat heartbeat
	for {
		select {
		case <-tick.C:
		case <-v.nudge:
		case <-ctx.Done():
			return
		}
		live := v.Stack.Live()
		why := beat.next(ctx, v, live)
		if why == nil {
			continue
		}
		select {
		case v.hung <- hung{live, why}:
		case <-ctx.Done():
			return
		}
	}
}

// heartbeat counts how often in a row one generation has not answered.
type heartbeat struct {
	of       *Generation
	failures int
	asked    time.Time
}

// next asks once, unless somebody got an answer since the last time. The error is
// why the generation counts as hung.
func (b *heartbeat) next(ctx context.Context, v *Supervisor, live *Generation) error {
	answered := v.Pulse.Answered().After(b.asked)
	if answered || live != b.of {
		b.failures = 0
	}
	b.of, b.asked = live, time.Now()
	if answered || live == nil {
		return nil
	}
	why := v.Stack.complaint(ctx, live, v.Pulse.Timeout)
	if why == nil || v.Pulse.Answered().After(b.asked) {
		b.failures = 0
		return nil
	}
	if b.failures++; errors.Is(why, errSick) {
		return why
	}
	if b.failures < v.Pulse.Failures {
		return nil
	}
	b.failures = 0
	return fmt.Errorf("it does not answer: %d probes in a row failed, the last one with: %w", v.Pulse.Failures, why)
}

// complaint says why a running generation does not answer. It is nil when it
// does, and when that cannot be known: of a dead container tells an event, and
// an engine that is away says nothing about what it runs.
func (s *Stack) complaint(ctx context.Context, live *Generation, timeout time.Duration) error {
	if check := s.service.HealthCheck; check != nil && check.Disable {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	c, err := s.Engine.Inspect(ctx, live.Container)
	switch {
	case err != nil || !c.Running():
		return nil
	case c.State == "paused":
		return errors.New("it is paused")
	case c.Health == docker.HealthUnhealthy:
		return errSick
	case c.Health == docker.HealthHealthy && time.Now().After(c.HealthUntil):
		// An engine that was killed, with live-restore, checks no more what it finds
		// running, and says for ever what was true then.
	case c.Health != docker.HealthNone:
		return nil
	}
	return s.Probe(ctx, live.Address)
}

package loop

import (
	"context"
	"errors"

	"github.com/same-origin/devproxy/caddymodule/internal/event"
)

var errEnded = errors.New("building the extension: it is no longer loaded")

// Settled waits until nothing that was saved or asked for is still to be
// built, prepared or published, and gives what came of it. What is made in the
// background is not waited for.
func (l *Loop) Settled(ctx context.Context) (State, error) {
	settled := make(chan struct{})
	err := l.ask(ctx, func(context.Context) { l.settling = append(l.settling, settled) })
	if err != nil {
		return State{}, err
	}
	select {
	case <-settled:
		return l.State(), nil
	case <-l.ended:
		return State{}, errEnded
	case <-ctx.Done():
		return State{}, ctx.Err()
	}
}

// settle lets go of those who wait, when there is nothing more to do.
func (l *Loop) settle() {
	if len(l.settling) == 0 || l.waiting || l.halves.waiting || l.artefact.wanted || l.candidate.Load() != nil || l.builder.Busy(event.UI, event.Handler) {
		return
	}
	for _, settled := range l.settling {
		close(settled)
	}
	l.settling = nil
}

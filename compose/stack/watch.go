package stack

import (
	"context"
	"time"

	"github.com/same-origin/devproxy/compose/docker"
)

// Watch reports what happens to the project's containers until the context ends.
// Events of the engine are trusted only as far as the connection goes: after each
// connection the containers are listed and compared with what is known, so that
// what happened meanwhile is reported too. The first events are those of the
// containers that run already.
func (s *Stack) Watch(ctx context.Context, emit func(Event)) error {
	w := &watch{stack: s, emit: emit, known: map[string]docker.Container{}}
	return reconnect(ctx, func(since time.Time, seen func(docker.Event)) error {
		return w.session(ctx, since, seen)
	}, w.disconnected)
}

// watch is what a Watch knows; only its own goroutine touches it.
type watch struct {
	stack *Stack
	emit  func(Event)
	known map[string]docker.Container
	away  bool
}

func (w *watch) session(ctx context.Context, since time.Time, seen func(docker.Event)) error {
	labels := w.stack.ours("")
	var listed error
	err := w.stack.Engine.Events(ctx, labels, since, func() {
		listed = w.reconcile(ctx, labels)
	}, func(event docker.Event) {
		seen(event)
		w.hear(ctx, event)
	})
	if listed != nil {
		return listed
	}
	return err
}

func (w *watch) disconnected(err error) {
	if !w.away {
		w.away = true
		w.emit(Event{Kind: KindEngineLost, Time: time.Now(), Err: err})
	}
}

// reconcile compares the engine's list with what is known.
func (w *watch) reconcile(ctx context.Context, labels map[string]string) error {
	list, err := w.stack.Engine.Containers(ctx, labels)
	if err != nil {
		return err
	}
	if w.away {
		w.away = false
		w.emit(Event{Kind: KindEngineBack, Time: time.Now()})
	}
	gone := w.known
	w.known = make(map[string]docker.Container, len(list))
	for _, c := range list {
		before := gone[c.ID]
		delete(gone, c.ID)
		w.known[c.ID] = c
		w.compare(before, c)
	}
	for _, c := range gone {
		w.vanished(c, true)
	}
	return nil
}

// compare reports the difference between two looks at a container.
func (w *watch) compare(before, now docker.Container) {
	var events []Event
	switch {
	case now.Running() && !before.Running():
		events = append(events, eventOf(KindStarted, now))
	case !now.Running() && before.Running():
		events = append(events, died(now))
	}
	if now.Running() && now.Health != before.Health {
		switch now.Health {
		case docker.HealthHealthy:
			events = append(events, eventOf(KindHealthy, now))
		case docker.HealthUnhealthy:
			events = append(events, eventOf(KindUnhealthy, now))
		}
	}
	for _, event := range events {
		event.Reconciled = true
		w.emit(event)
	}
}

// vanished reports a container that is no more.
func (w *watch) vanished(c docker.Container, reconciled bool) {
	if c.Running() {
		c.State, c.ExitCode = "exited", -1
		event := died(c)
		event.Reason, event.Reconciled = "it was removed", reconciled
		w.emit(event)
	}
	event := eventOf(KindRemoved, c)
	event.Reconciled = reconciled
	w.emit(event)
}

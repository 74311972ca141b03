package stack

import (
	"context"

	"github.com/same-origin/devproxy/compose/docker"
)

// hear takes one event of the engine. What a comparison has reported already is
// not reported again.
func (w *watch) hear(ctx context.Context, event docker.Event) {
	c := w.look(ctx, event)
	switch event.Action {
	case docker.ActionStart:
		w.change(c, true, KindStarted, event)
	case docker.ActionDie:
		w.change(c, false, KindDied, event)
	case docker.ActionOOM:
		c.OOMKilled = true
		w.known[c.ID] = c
		w.at(eventOf(KindOOM, c), event)
	case docker.ActionHealthy:
		w.health(c, docker.HealthHealthy, KindHealthy, event)
	case docker.ActionUnhealthy:
		w.health(c, docker.HealthUnhealthy, KindUnhealthy, event)
	case docker.ActionDestroy:
		if _, known := w.known[c.ID]; known {
			delete(w.known, c.ID)
			w.vanished(c, false)
		}
	}
}

// look is what is known of the event's container. The engine says why one died
// only when asked, and not any more when it is gone.
func (w *watch) look(ctx context.Context, event docker.Event) docker.Container {
	c, known := w.known[event.Container]
	if !known {
		c = docker.Container{ID: event.Container, Labels: event.Labels}
	}
	if event.Action != docker.ActionDie {
		return c
	}
	c.ExitCode = event.ExitCode
	if now, err := w.stack.Engine.Inspect(ctx, event.Container); err == nil {
		c.OOMKilled = c.OOMKilled || now.OOMKilled
	}
	return c
}

func (w *watch) change(c docker.Container, running bool, kind Kind, event docker.Event) {
	if c.Running() == running {
		return
	}
	c.State = "exited"
	if running {
		c.State, c.Health, c.OOMKilled = "running", docker.HealthNone, false
	}
	w.known[c.ID] = c
	report := eventOf(kind, c)
	if kind == KindDied {
		report = died(c)
	}
	w.at(report, event)
}

func (w *watch) health(c docker.Container, health docker.Health, kind Kind, event docker.Event) {
	if c.Health == health {
		return
	}
	c.Health = health
	w.known[c.ID] = c
	w.at(eventOf(kind, c), event)
}

// at emits a report with the engine's own time.
func (w *watch) at(report Event, event docker.Event) {
	report.Time = event.Time
	w.emit(report)
}

package container

import (
	"github.com/same-origin/devproxy/caddymodule/internal/event"
	"github.com/same-origin/devproxy/compose/stack"
)

// Work is a task that goes on.
type Work interface {
	// Update says what it is at, and which share of 1 is done; 0 as long as
	// that is not known.
	Update(detail string, share float64)
	End()
}

// begin lists a task.
func (r *Runner) begin(kind event.Kind, subject string) Work {
	if r.hooks.Begin == nil {
		return unlisted{}
	}
	return r.hooks.Begin(kind, subject)
}

// beginImage lists what the engine does for an image.
func (r *Runner) beginImage(doing stack.Doing, subject string) stack.Work {
	if doing == stack.Pulling {
		return r.begin(event.ImagePull, subject)
	}
	return r.begin(event.ImageBuild, subject)
}

// unlisted is a task that nobody lists.
type unlisted struct{}

func (unlisted) Update(string, float64) {}
func (unlisted) End()                   {}

var (
	_ Work = (*event.Work)(nil)
	_ Work = unlisted{}
)

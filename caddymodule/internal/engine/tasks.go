package engine

import (
	"github.com/same-origin/devproxy/caddymodule/internal/container"
	"github.com/same-origin/devproxy/caddymodule/internal/event"
	"github.com/same-origin/devproxy/caddymodule/runnerstatus"
)

// tasksNow are the tasks that go on, in the words of the status.
func (e *Engine) tasksNow() []runnerstatus.Task {
	var out []runnerstatus.Task
	for _, t := range e.working.All() {
		out = append(out, runnerstatus.Task{Kind: string(t.Kind), Subject: t.Subject, Detail: t.Detail, Share: t.Share, Began: t.Began})
	}
	return out
}

// begin lists what the docker backend does.
func (e *Engine) begin(kind event.Kind, subject string) container.Work {
	return e.working.Begin(kind, subject, "")
}

// changes.go contains the facts of a running devproxy, one after another: those
// that the bus tells, and those that show in the state only.

package caddymodule

import (
	"context"
	"time"

	"github.com/same-origin/devproxy/caddymodule/internal/engine"
	"github.com/same-origin/devproxy/caddymodule/internal/event"
	"github.com/same-origin/devproxy/caddymodule/runnerstatus"
)

// changesRoom is how many events may wait for a reader, mentioned how many
// files a change names.
const (
	changesRoom = 1024
	mentioned   = 100
)

// Changes tells the state of the runner that lives in this process, and then
// each change of it, until ctx or the runner ends. Both are called by one
// goroutine.
func Changes(ctx context.Context, began func(runnerstatus.Snapshot), tell func(runnerstatus.Change)) {
	e := live.Load()
	if e == nil {
		return
	}
	news := e.Bus().Subscribe(changesRoom) // before the state is looked up: nothing is between
	defer news.Close()
	now := e.Snapshot(defaultPrefix)
	began(now)
	c := &changes{engine: e, last: now, tell: tell, failed: map[string]time.Time{}, published: map[string]string{}, wrong: map[string]string{}}
	for _, x := range now.Extensions {
		c.published[x.ID] = x.Build
	}
	c.standing(runnerstatus.Snapshot{Backends: now.Backends}, now) // what is wrong from the start
	c.follow(ctx, news)
}

// changes is one reader's knowledge.
type changes struct {
	engine    *engine.Engine
	last      runnerstatus.Snapshot
	tell      func(runnerstatus.Change)
	failed    map[string]time.Time // by extension and target: the failure that was told
	published map[string]string    // by extension: the build that was told
	wrong     map[string]string    // by folder: the name of the extension whose problems were told
}

func (c *changes) follow(ctx context.Context, news *event.Subscription) {
	glance := time.NewTicker(followGlance)
	defer glance.Stop()
	var due <-chan time.Time // to look for what came of the events
	for {
		select {
		case <-ctx.Done():
			return
		case <-glance.C:
		case <-due:
		case one, more := <-news.Events():
			if !more {
				return
			}
			if c.take(one) && due == nil {
				due = time.After(followPause) // what belongs together comes first
			}
			continue
		}
		due = nil
		if missed := news.Missed(); missed > 0 {
			c.tell(runnerstatus.Change{Time: time.Now(), What: runnerstatus.Missed, Count: missed})
		}
		c.look()
	}
}

// look tells what the state shows and no event says.
func (c *changes) look() {
	now := c.engine.Snapshot(defaultPrefix)
	if len(now.Backends) == 0 {
		return // it is closing
	}
	c.standing(c.last, now)
	c.last = now
}

// take tells of an event, and says whether it was one to tell of.
func (c *changes) take(one event.Event) bool {
	change, ok := c.changeOf(one)
	if ok {
		c.tell(change)
	}
	return ok
}

func (c *changes) changeOf(one event.Event) (runnerstatus.Change, bool) {
	switch v := one.(type) {
	case event.BuildStarted:
		return runnerstatus.Change{Time: v.At, What: runnerstatus.Building, Extension: v.Extension, Number: v.Number, Target: string(v.Target), Saved: atMost(v.Changed)}, true
	case event.BuildEnded:
		return runnerstatus.Change{Time: v.At, What: runnerstatus.Ended, Extension: v.Extension, Number: v.Number, Target: string(v.Target)}, true
	case event.BuildFailed:
		return c.failure(v)
	case event.Published:
		return c.publication(v)
	case event.Trapped:
		return runnerstatus.Change{Time: v.At, What: runnerstatus.Trapped, Extension: v.Extension, Build: v.Build, RequestID: v.RequestID, Problems: []runnerstatus.Problem{c.engine.Board().HiddenProblem(v.Problem)}}, true
	case event.Console:
		return runnerstatus.Change{Time: time.Now(), What: runnerstatus.Console, Extension: v.Extension, Build: v.Build, Level: v.Level, Message: c.engine.Board().Hidden(v.Message)}, true
	case event.RunnerChanged:
		return runnerstatus.Change{Time: v.At, What: runnerstatus.Selected, Backend: v.Backend, Generation: v.Generation}, true
	}
	return runnerstatus.Change{}, false
}

// failure is told once: pages forget it and are told again.
func (c *changes) failure(v event.BuildFailed) (runnerstatus.Change, bool) {
	key := v.Extension + " " + string(v.Target)
	if c.failed[key].Equal(v.At) {
		return runnerstatus.Change{}, false
	}
	c.failed[key] = v.At
	return runnerstatus.Change{Time: v.At, What: runnerstatus.Failed, Extension: v.Extension, Number: v.Number, Target: string(v.Target), Milliseconds: inMilliseconds(v.Took)}, true
}

// publication is told once, unless somebody saved and nothing became of it.
func (c *changes) publication(v event.Published) (runnerstatus.Change, bool) {
	if c.published[v.Extension] == v.Build && v.SavedAt.IsZero() {
		return runnerstatus.Change{}, false
	}
	c.published[v.Extension] = v.Build
	change := runnerstatus.Change{
		Time: v.At, What: runnerstatus.Published, Extension: v.Extension, Build: v.Build, Number: v.Number, Reload: string(v.Scope), Earlier: v.Earlier,
		Saved: atMost(v.Saved), Changed: atMost(v.Changed),
	}
	if !v.SavedAt.IsZero() {
		change.Milliseconds = inMilliseconds(v.At.Sub(v.SavedAt))
	}
	return change, true
}

func atMost(names []string) []string { return names[:min(len(names), mentioned)] }

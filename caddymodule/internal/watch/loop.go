package watch

import (
	"context"
	"time"

	"github.com/same-origin/devproxy/caddymodule/internal/event"
)

// loop owns the tree. Everything but its inbox is used by one goroutine.
type loop struct {
	options Options
	watcher *Watcher
	tree    *tree
	inbox   *inbox
	events  *subscription // nil: polling

	dirty     map[string]bool // paths to look at
	whole     bool            // look at everything
	burst     burst
	activity  time.Time // the last event of the last burst
	nextPoll  time.Time
	since     time.Time // first event of what was not handed on yet
	rescanned bool
	ready     *Batch // what waits for a receiver

	problems []event.Problem
}

// newLoop looks at the tree for the first time.
func newLoop(o Options, w *Watcher) *loop {
	l := &loop{options: o, watcher: w, inbox: newInbox(), dirty: map[string]bool{}}
	l.tree = newTree(o.Root, nil, l)
	if o.Poll > 0 {
		l.nextPoll = time.Now().Add(o.Poll)
	}
	l.rescan()
	l.tree.settle()
	l.rescanned = false
	l.report()
	return l
}

func (l *loop) run(ctx context.Context) {
	defer l.unsubscribeAll()
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		var out chan<- Batch
		var batch Batch
		if l.ready != nil {
			out, batch = l.watcher.batches, *l.ready
		}
		select {
		case <-ctx.Done():
			return
		case out <- batch:
			l.handedOn()
		case <-l.inbox.signal:
			l.take(l.inbox.take())
		case <-timer.C:
			l.tick(time.Now())
		}
		l.arm(timer)
	}
}

func (l *loop) polling() bool { return !l.nextPoll.IsZero() }

// arm sets the timer to what is to be done next, if anything.
func (l *loop) arm(timer *time.Timer) {
	switch {
	case l.burst.open():
		timer.Reset(time.Until(l.burst.due(l.options.Quiet, l.options.Longest)))
	case l.polling():
		timer.Reset(time.Until(l.nextPoll))
	default:
		timer.Stop()
	}
}

func (l *loop) tick(now time.Time) {
	switch {
	case l.burst.open():
		if !now.Before(l.burst.due(l.options.Quiet, l.options.Longest)) {
			l.settle(now)
		}
	case l.polling() && !now.Before(l.nextPoll):
		l.poll(now)
	}
}

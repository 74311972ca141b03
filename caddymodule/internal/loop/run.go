package loop

import (
	"context"
	"time"

	"github.com/same-origin/devproxy/caddymodule/internal/build"
	"github.com/same-origin/devproxy/caddymodule/internal/event"
	"github.com/same-origin/devproxy/caddymodule/internal/watch"
)

// run is the one goroutine that changes anything.
func (l *Loop) run(ctx context.Context) {
	defer l.end()
	var batches <-chan watch.Batch
	if l.watcher != nil {
		batches = l.watcher.Batches()
	}
	for {
		select {
		case batch, ok := <-batches:
			if !ok {
				return
			}
			l.noticed(batch)
		case <-l.due.C:
			l.waiting = false
			l.pace.acted()
			l.publish(ctx)
		case <-l.idle.C:
			l.componentize()
		case o := <-l.outcomes:
			if l.finished(o.target, o.result) {
				l.publish(ctx)
			}
		case p := <-l.prepared:
			l.answered(ctx, p)
		case a := <-l.asks:
			a.do(ctx)
			close(a.done)
		case <-l.idled:
		case <-ctx.Done():
			return
		}
		l.settle()
	}
}

func (l *Loop) end() {
	l.withdraw()
	l.due.Stop()
	l.idle.Stop()
	l.builder.Close()
	l.tasks.Wait()
	if l.watcher != nil {
		_ = l.watcher.Close() // it has nothing to lose
	}
	for _, bundler := range l.bundlers {
		bundler.Close()
	}
}

// begin makes everything: in process at once, by commands in their time, and
// by those whose result is there already only when anew is asked for.
func (l *Loop) begin(ctx context.Context, anew bool) {
	l.replan()
	l.savedAt = time.Time{}
	for _, target := range []event.Target{event.Handler, event.UI} {
		if !l.prescribe(target) {
			continue
		}
		if how, _ := l.recipes.Load(target); how.(recipe).bundler != nil {
			l.finished(target, l.make(ctx, target, nil))
			continue
		}
		if fresh := l.upToDate(ctx, target); anew || !fresh {
			l.builder.Start(target)
		}
	}
	l.publish(ctx)
}

// upToDate saves the seconds of a command whose result is there: what the
// handler is made of is what esbuild reads for it.
func (l *Loop) upToDate(ctx context.Context, target event.Target) bool {
	if target != event.Handler || l.plan.HandlerEntry == "" {
		return false
	}
	bundler := build.NewBundler(l.plan, event.Handler)
	defer bundler.Close()
	result := bundler.Build(ctx)
	if !result.OK() {
		return false
	}
	l.made[event.Handler] = build.Result{Inputs: result.Inputs}
	l.plan = l.plan.WithInputs(event.Handler, result.Inputs)
	return l.isFresh(event.Handler)
}

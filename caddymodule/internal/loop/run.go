package loop

import (
	"context"
	"time"

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
			if !l.putOff() {
				l.publish(ctx)
			}
		case <-l.halves.over.C:
			l.halves.waiting = false
			l.publishMeanwhile(ctx)
		case <-l.artefact.reading.C:
			l.componentize()
		case o := <-l.outcomes:
			l.publishTogether(ctx, l.finished(o.target, o.result))
		case p := <-l.prepared:
			l.answered(ctx, p)
		case a := <-l.asks:
			a.do(ctx)
			close(a.done)
		case <-l.idled:
			l.publishTogether(ctx, false)
		case <-ctx.Done():
			return
		}
		if ctx.Err() == nil {
			l.settle()
		}
	}
}

func (l *Loop) end() {
	l.cancel() // builds that end now have nobody to tell
	l.withdraw()
	l.due.Stop()
	l.halves.over.Stop()
	l.artefact.reading.Stop()
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
	l.savedAt, l.began = time.Time{}, time.Now()
	for _, target := range []event.Target{event.Handler, event.UI} {
		if !l.prescribe(target) {
			continue
		}
		if how, _ := l.recipes.Load(target); how.(recipe).bundler != nil {
			l.finished(target, l.make(ctx, target, nil))
			continue
		}
		fresh := l.upToDate(ctx, target)
		if target == event.Handler && (anew || !fresh) {
			l.goOnFromSource()
		}
		switch {
		case target == event.Handler && l.artefact.making:
			l.artefact.wanted = true // two would write the same files
		case anew || !fresh:
			l.builder.Start(target)
		}
	}
	l.publish(ctx)
}

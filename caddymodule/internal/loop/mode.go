package loop

import (
	"context"

	"github.com/same-origin/devproxy/caddymodule/internal/build"
	"github.com/same-origin/devproxy/caddymodule/internal/event"
)

// Where the handler that answers comes from; see [State].
const (
	modeSource   = "source"
	modeArtefact = "artefact"
)

// replan finds out anew how the extension is built, and says whether what was
// made or failed before has no meaning any more.
func (l *Loop) replan() (forgotten bool) {
	plan, err := build.Detect(l.dir, l.opts.Build)
	if err != nil {
		l.fail(event.UI, build.Result{Problems: []event.Problem{{Code: build.CodeSettings, Message: err.Error()}}})
		return false
	}
	for target, result := range l.made {
		plan = plan.WithInputs(target, result.Inputs)
	}
	l.plan = plan
	for target, bundler := range l.bundlers {
		bundler.Close()
		delete(l.bundlers, target) // of the old plan
	}
	l.chooseMode()
	return l.forget()
}

// forget drops results and failures of what is not made any longer: a page
// that loads plain scripts now must not be covered by what was made of
// TypeScript.
func (l *Loop) forget() (forgotten bool) {
	for _, target := range []event.Target{event.UI, event.Handler} {
		if l.prescribe(target) {
			continue
		}
		_, made := l.made[target]
		_, failed := l.failures[target]
		failed = failed && (target == event.UI || !l.refused)
		if failed {
			delete(l.failures, target)
		}
		delete(l.made, target)
		forgotten = forgotten || made || failed
	}
	return forgotten
}

// chooseMode decides whether the handler runs from its source. A
// dist/main.wasm that the developer built wins until the next save of a
// source; runners in other processes execute nothing else.
func (l *Loop) chooseMode() {
	l.mode, l.sourceFault = modeArtefact, nil
	if l.plan.HandlerEntry == "" || l.opts.Source == SourceOff || l.elsewhere || l.developersOwn || l.opts.Build.Off {
		return
	}
	if l.sourceFault = l.hooks.SourceMode(l.dir); l.sourceFault == nil {
		l.mode = modeSource
	}
}

// SetElsewhere says whether the selected runner is another process, which
// executes dist/main.wasm only.
func (l *Loop) SetElsewhere(ctx context.Context, elsewhere bool) error {
	return l.ask(ctx, func(ctx context.Context) {
		if l.elsewhere != elsewhere {
			l.elsewhere, l.proven = elsewhere, false
			l.letGo()
			l.begin(ctx, false)
		}
	})
}

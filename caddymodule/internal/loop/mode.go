package loop

import (
	"context"
	"os"
	"path/filepath"
	"time"

	"github.com/same-origin/devproxy/caddymodule/internal/build"
	"github.com/same-origin/devproxy/caddymodule/internal/event"
	"github.com/same-origin/devproxy/caddymodule/internal/extension"
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
			l.begin(ctx, false)
		}
	})
}

// calm is how long nothing may have been saved before dist/main.wasm is made
// in the background: it takes seconds of every core.
const calm = 3 * time.Second

// later has dist/main.wasm made once it is calm, for the runners that need it.
func (l *Loop) later() {
	if l.mode == modeSource && l.plan.Handler.Kind == build.Run && l.opts.Artefacts {
		l.idle.Reset(calm)
	}
}

// componentize makes dist/main.wasm in the background.
func (l *Loop) componentize() {
	if l.mode == modeSource && !l.isFresh(event.Handler) {
		l.recipes.Store(background, recipe{command: l.plan.Handler.Command})
		l.builder.Start(background)
	}
}

// isFresh says that the command's result is there already, and no older than
// what it is made of, as far as that is known.
func (l *Loop) isFresh(target event.Target) bool {
	inputs := l.made[event.Handler].Inputs
	made, err := os.Stat(filepath.Join(l.dir, filepath.FromSlash(extension.HandlerFile)))
	if target != event.Handler || err != nil || len(inputs) == 0 {
		return false
	}
	for _, name := range append([]string{"package.json"}, inputs...) {
		info, err := os.Stat(filepath.Join(l.dir, filepath.FromSlash(name)))
		if err == nil && info.ModTime().After(made.ModTime()) {
			return false
		}
	}
	return true
}

// echo is how long after a command's end the watcher may tell what it wrote.
const echo = time.Second

// artefactSaved takes note of a dist/main.wasm that is new; it says whether to
// publish. One that a command of ours writes is looked at when that ends.
func (l *Loop) artefactSaved() bool {
	if l.commands.Load() > 0 || time.Since(time.Unix(0, l.commanded.Load())) < echo {
		return false
	}
	l.supersede() // what becomes of the one before must not hide this one
	l.developersOwn, l.kept = true, nil
	delete(l.failures, event.Handler)
	l.chooseMode()
	return true
}

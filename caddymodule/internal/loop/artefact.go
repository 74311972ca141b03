package loop

import (
	"context"
	"os/exec"
	"slices"
	"time"

	"github.com/same-origin/devproxy/caddymodule/internal/build"
	"github.com/same-origin/devproxy/caddymodule/internal/event"
	"github.com/same-origin/devproxy/caddymodule/internal/extension"
)

// artefact is what the loop knows of dist/main.wasm while the handler runs
// from its source.
type artefact struct {
	// owed says that a source was saved since the last build of it began: its
	// time on disk alone would call a result fresh that was being made then.
	owed    bool
	making  bool // in the background
	wanted  bool // by a runner elsewhere, as soon as that has ended
	faults  []event.Problem
	reading *time.Timer // fires when it is calm enough to make it
}

// calm is how long nothing may have been saved before dist/main.wasm is made
// in the background: it takes seconds of every core.
const calm = 3 * time.Second

// later has dist/main.wasm made once it is calm, for the runners that need it.
func (l *Loop) later() {
	if l.mode != modeSource || l.plan.Handler.Kind != build.Run {
		return
	}
	l.artefact.owed = l.artefact.owed || !l.savedAt.IsZero() || !l.isFresh(l.made[event.Handler].Inputs)
	if l.artefact.owed && l.opts.Artefacts {
		l.artefact.reading.Reset(calm)
	}
}

// componentize makes dist/main.wasm in the background.
func (l *Loop) componentize() {
	if l.mode != modeSource || !l.artefact.owed || l.artefact.making {
		return
	}
	l.artefact.owed, l.artefact.making = false, true
	command := l.plan.Handler.Command
	if l.opts.Build.Container == nil { // a container need not have what this machine has
		command = politely(command)
	}
	l.recipes.Store(background, recipe{command: command, plan: l.plan})
	l.builder.Start(background)
}

// politely lets everything else go first.
func politely(c build.Command) build.Command {
	if nice, err := exec.LookPath("nice"); err == nil {
		c.Args = append([]string{nice, "-n", "10"}, c.Args...)
	}
	return c
}

// componentized takes the end of the build in the background. What it made is
// for other runners, so a failure stops nothing here. It says whether one of
// them waits for it.
func (l *Loop) componentized(result build.Result) (publish bool) {
	l.artefact.making, l.artefact.faults = false, slices.Clone(result.Problems)
	if !result.OK() {
		l.artefact.owed = true
	}
	if len(result.Problems) > 0 {
		l.hooks.Log.Warn("making dist/main.wasm for other runners: "+result.Problems[0].String(), "extension", l.name(), "command", result.Command)
	}
	wanted := l.artefact.wanted
	l.artefact.wanted = false
	switch {
	case wanted && l.artefact.owed:
		l.builder.Start(event.Handler)
	case l.artefact.owed && result.OK():
		l.later()
	}
	if publish = wanted && !l.artefact.owed; publish {
		l.kept = nil // the last good one was in its place
	}
	l.show()
	return publish
}

// upToDate saves the seconds of a command whose result is there: what the
// handler is made of is what esbuild reads for it.
func (l *Loop) upToDate(ctx context.Context, target event.Target) bool {
	if target != event.Handler || l.plan.HandlerEntry == "" || l.artefact.owed {
		return false
	}
	inputs := handlerInputs(ctx, l.plan)
	if len(inputs) == 0 {
		return false
	}
	l.made[event.Handler] = build.Result{Inputs: inputs}
	l.plan = l.plan.WithInputs(event.Handler, inputs)
	return l.isFresh(inputs)
}

// goOnFromSource has the source that answers go on until dist/main.wasm is
// made of it: the one in the folder is of an earlier save, and the runner
// that is to execute it has no requests yet.
func (l *Loop) goOnFromSource() {
	if l.published.Bundle == nil {
		return
	}
	if _, source := l.published.Bundle.Digest(extension.SourceFile); source {
		l.keep(l.published.Bundle)
	}
}

// echo is how long after a command's end the watcher may tell what it wrote.
const echo = time.Second

// artefactSaved takes note of a dist/main.wasm that is new; it says whether to
// publish. One that a command of ours writes is looked at when that ends.
func (l *Loop) artefactSaved() bool {
	if ended := l.commanded.Load(); l.commands.Load() > 0 || ended != nil && time.Since(*ended) < echo {
		return false
	}
	l.supersede() // what becomes of the one before must not hide this one
	l.developersOwn, l.kept = true, nil
	delete(l.failures, event.Handler)
	l.chooseMode()
	return true
}

package loop

import (
	"slices"
	"time"

	"github.com/same-origin/devproxy/caddymodule/internal/build"
	"github.com/same-origin/devproxy/caddymodule/internal/event"
	"github.com/same-origin/devproxy/caddymodule/internal/extension"
	"github.com/same-origin/devproxy/caddymodule/internal/watch"
)

// effect is what saves call for.
type effect struct {
	targets  []event.Target
	publish  bool
	saved    []string // the files that matter
	artefact bool     // dist/main.wasm is new
}

// effectOf asks the plan, which is found anew when a save may change it.
func (l *Loop) effectOf(batch watch.Batch) effect {
	var e effect
	if slices.ContainsFunc(batch.Changes, func(c watch.Change) bool { return l.plan.Redetect(c.Path) }) {
		e.publish = l.replan()
	}
	for _, change := range batch.Changes {
		if change.Path == extension.HandlerFile {
			e.artefact = l.artefactSaved()
			e.publish = e.publish || e.artefact
			if e.artefact {
				e.saved = append(e.saved, change.Path)
			}
			continue
		}
		one := l.plan.Affects(change.Path)
		if one.Publish || len(one.Targets) > 0 {
			e.saved = append(e.saved, change.Path)
		}
		e.publish = e.publish || one.Publish
		for _, target := range one.Targets {
			if !slices.Contains(e.targets, target) {
				e.targets = append(e.targets, target)
			}
		}
	}
	return e
}

func pathsOf(batch watch.Batch) []string {
	paths := make([]string, len(batch.Changes))
	for i, change := range batch.Changes {
		paths[i] = change.Path
	}
	return paths
}

// noticed takes a batch of saves: what must be built is, what is served as it
// is gets published.
func (l *Loop) noticed(batch watch.Batch) {
	now := time.Now()
	e := l.effectOf(batch)
	if len(e.targets) > 0 || e.publish {
		l.savedAt, l.began = batch.FirstSeen, batch.FirstSeen
		for _, name := range e.saved {
			l.saved[name] = batch.FirstSeen
		}
		l.unpin()
	}
	for _, target := range e.targets {
		if target == event.Handler {
			l.developersOwn = false
			l.chooseMode()
		}
		if l.prescribe(target) {
			l.builder.Start(target, pathsOf(batch)...)
			// what comes out of it in milliseconds is published with it
			e.publish = e.publish && (target != event.UI || l.plan.UI.Kind != build.Bundled)
		}
	}
	if e.publish {
		l.waiting = true
		wait := l.pace.arrive(now)
		if e.artefact {
			wait = max(wait, burst) // it has megabytes, and is written piece by piece
		}
		l.due.Reset(wait)
	}
}

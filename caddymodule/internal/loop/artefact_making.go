// artefact_making.go contains what is written down of dist/main.wasm while a
// command of ours makes it, and after that.

package loop

import (
	"context"

	"github.com/same-origin/devproxy/caddymodule/internal/build"
	"github.com/same-origin/devproxy/caddymodule/internal/event"
	"github.com/same-origin/devproxy/caddymodule/internal/extension"
)

// makers are the commands of ours that write dist/main.wasm now.
type makers struct {
	running int
	several bool   // at the same time, so nobody knows whose result is there
	before  origin // what was known until then
}

// remembering looks at the sources before a command runs, and writes down that
// one does. What it gives is called when that has ended, in the same goroutine:
// if it succeeded and no save came meanwhile, what was made is of them.
func (l *Loop) remembering(ctx context.Context, plan build.Plan) (ended func(ok bool)) {
	inputs := handlerInputs(ctx, plan)
	sources, err := digest(l.dir, sourcesOf(inputs)...)
	known := len(inputs) > 0 && err == nil
	l.originMu.Lock()
	defer l.originMu.Unlock()
	if l.makers.running == 0 {
		l.makers = makers{before: l.keptOrigin()}
		l.keepOrigin(origin{Making: true})
	}
	l.makers.running++
	l.makers.several = l.makers.several || l.makers.running > 1
	return func(ok bool) {
		l.originMu.Lock()
		defer l.originMu.Unlock()
		if l.makers.running--; l.makers.running > 0 {
			return
		}
		now, there := l.originNow(inputs)
		if !ok || !known || !there || l.makers.several || now.Sources != sources {
			now = l.ofUnknownSources()
		}
		l.keepOrigin(now)
	}
}

// ofUnknownSources is the origin of what there is after a command of ours of
// which that is all that is known. Times must not decide on it: it is newer
// than a source that was saved while it was made. What the command has left as
// it was is still of what it was before.
func (l *Loop) ofUnknownSources() origin {
	artefact, err := digest(l.dir, extension.HandlerFile)
	switch {
	case err != nil:
		return origin{} // there is none
	case artefact == l.makers.before.Artefact:
		return l.makers.before
	}
	return origin{Artefact: artefact}
}

// handlerInputs are the files that the handler is made of; none while its
// source is not known or does not parse.
func handlerInputs(ctx context.Context, plan build.Plan) []string {
	if plan.HandlerEntry == "" {
		return nil
	}
	bundler := build.NewBundler(plan, event.Handler)
	defer bundler.Close()
	if result := bundler.Build(ctx); result.OK() {
		return result.Inputs
	}
	return nil
}

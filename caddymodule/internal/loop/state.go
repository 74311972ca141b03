package loop

import (
	"maps"
	"path/filepath"
	"slices"
	"time"

	"github.com/same-origin/devproxy/caddymodule/internal/build"
	"github.com/same-origin/devproxy/caddymodule/internal/bundle"
	"github.com/same-origin/devproxy/caddymodule/internal/event"
	"github.com/same-origin/devproxy/caddymodule/internal/extension"
	"github.com/same-origin/devproxy/caddymodule/internal/watch"
	"github.com/same-origin/devproxy/caddymodule/runner/guest"
	"github.com/same-origin/devproxy/caddymodule/runnerstatus"
)

// State is what a loop has to show at one moment. It is never changed, only
// replaced.
type State struct {
	// Extension and Bundle are the content that answers; nil when there never
	// was any that could.
	Extension *extension.Extension
	Bundle    *bundle.Bundle
	Number    int // builds so far
	Published time.Time
	// Earlier says that Bundle is an earlier build, in place of the newest.
	Earlier bool
	// Failed are the builds that failed since the loop began, the newest last.
	Failed []Failure
	// Handler says whether the handler can answer.
	Handler runnerstatus.Handler
	// HandlerMode is `source` or `artefact`.
	HandlerMode string
	// SourceMap is that of the handler's source.
	SourceMap []byte
	// Err says what is wrong with the folder now; nil when nothing is.
	Err error
	// Failures are the builds that failed and have not succeeded since, by
	// target.
	Failures []event.BuildFailed
	// Warnings are what production will refuse.
	Warnings []event.Problem
	// Imports are what the handler can call; nil when that is not known.
	Imports []guest.Import
	// Plan says in words how each target is built.
	Plan string
	// Watch says how saves are noticed; zero when they are not.
	Watch watch.Status
}

// Candidate is content that may be published.
type Candidate struct {
	*extension.Extension
	Bundle *bundle.Bundle
	// Handler says that the handler differs from the published one.
	Handler bool
	// SourceMap maps the handler's source in the bundle to the developer's
	// files; nil for a handler that is built.
	SourceMap []byte
	savedAt   time.Time
	began     time.Time // when the first step to it was taken
	saved     []string  // since what was published before
	earlier   bool      // of the history, and not its newest
	wish      *wish     // of who asked for it; nil for what was built
	early     bool      // published before it was known to answer
	flawed    bool      // its UI lacks the page that hosts ask for, or is not made yet
}

// State is what there is to show now.
func (l *Loop) State() State { return *l.state.Load() }

// show makes what the loop knows its state.
func (l *Loop) show() {
	s := State{
		Extension: l.published.Extension, Bundle: l.published.Bundle, Number: int(l.number.Load()), Published: l.publishedAt,
		Handler: l.handlerStatus(), HandlerMode: l.mode, SourceMap: l.published.SourceMap, Err: l.err, Warnings: l.warnings, Plan: l.planned(), Imports: l.verdict.Imports,
		Earlier: l.published.earlier, Failed: slices.Clone(l.failed),
	}
	if s.Earlier {
		s.HandlerMode = modeOf(s.Bundle)
	}
	for _, target := range slices.Sorted(maps.Keys(l.failures)) {
		s.Failures = append(s.Failures, l.failures[target])
	}
	if l.watcher != nil {
		s.Watch = l.watcher.Status()
	}
	l.state.Store(&s)
}

// planned is how the targets are really made, which goes by the mode.
func (l *Loop) planned() string {
	plan := l.plan
	switch {
	case l.mode == modeSource:
		return plan.DescribeSource()
	case plan.Handler.Kind == build.Bundled: // without a command there is what the folder has
		plan.Handler = build.Step{Why: extension.HandlerFile}
	}
	return plan.Describe()
}

func (l *Loop) handlerStatus() runnerstatus.Handler {
	ext := l.published.Extension
	switch {
	case ext == nil || !ext.HasHandler && ext.API == nil:
		return runnerstatus.Handler{Status: "none"}
	case !ext.HasHandler:
		return l.missing()
	}
	return l.handler
}

// name is how events call the extension: before the first build is published,
// as the folder's manifest has it, so that what fails until then is not told
// under two names.
func (l *Loop) name() string {
	ext := l.state.Load().Extension
	if ext == nil {
		ext, _ = extension.Read(l.dir, extension.Tree(l.dir)) // nil while there is no good one
	}
	if ext == nil {
		return filepath.Base(l.dir)
	}
	return ext.ID
}

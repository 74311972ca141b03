package loop

import (
	"context"
	"log/slog"

	"github.com/same-origin/devproxy/caddymodule/internal/build"
	"github.com/same-origin/devproxy/caddymodule/internal/event"
	"github.com/same-origin/devproxy/caddymodule/runner/guest"
)

// Options are how one extension is watched, built and published.
type Options struct {
	// CacheDir holds the builds and their history; it is this extension's
	// alone.
	CacheDir string
	Watch    WatchMode
	Source   SourceMode
	// Artefacts has dist/main.wasm made in the background while the handler
	// runs from its source, for runners in other processes.
	Artefacts bool
	// Anew runs the commands at the start even where their result is there.
	Anew bool
	// History is how many builds stay addressable.
	History int
	Build   build.Overrides
}

// WatchMode says how saves are noticed.
type WatchMode string

// The ways to notice a save.
const (
	WatchOn   WatchMode = "on"   // by the system's notifications
	WatchPoll WatchMode = "poll" // by looking again and again
	WatchOff  WatchMode = "off"  // when somebody asks for the extension
)

// SourceMode says whether a handler may run from its source.
type SourceMode string

// Whether a handler runs from its source.
const (
	SourceOn     SourceMode = "on"
	SourceOff    SourceMode = "off"    // dist/main.wasm only
	SourceStrict SourceMode = "strict" // with production's clock, timers and console
)

// DefaultHistory is how many builds stay addressable.
const DefaultHistory = 20

// Hooks are what the engine does for a loop.
type Hooks struct {
	Bus *event.Bus
	// Tasks lists what goes on. Default: nobody does.
	Tasks *event.Tasks
	Log   *slog.Logger
	// SourceMode says why the handler of the folder cannot run from its
	// source; nil when it can.
	SourceMode func(dir string) error
	// Prepare makes sure that a candidate answers before it is published:
	// its handler is compiled, or a runner has fetched it.
	Prepare func(ctx context.Context, c Candidate) Verdict
	// Runner carries out the commands of builds. Default: on this machine.
	Runner build.Runner
	// Elsewhere says that the selected runner is another process at first;
	// see [Loop.SetElsewhere].
	Elsewhere bool
}

// Verdict is what preparing a candidate showed.
type Verdict struct {
	// Problems say why it cannot be published.
	Problems []event.Problem
	// Warnings are what the handler does and production will not let it.
	Warnings []event.Problem
	// Imports are what the handler can call; nil when that is not known.
	Imports []guest.Import
}

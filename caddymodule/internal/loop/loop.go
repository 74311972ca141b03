// Package loop is the change loop of one extension: a save becomes a build,
// a build becomes a bundle, and the bundle answers requests.
//
// The engine owns one [Loop] per extension and asks it for its [State]. The
// loop calls watch for what was saved, build for what to make of it, bundle
// for what is served, and says what happens on the event bus. What does not
// build or answer is never published: the last good build goes on.
package loop

import (
	"context"
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/same-origin/devproxy/caddymodule/internal/build"
	"github.com/same-origin/devproxy/caddymodule/internal/bundle"
	"github.com/same-origin/devproxy/caddymodule/internal/event"
	"github.com/same-origin/devproxy/caddymodule/internal/watch"
	"github.com/same-origin/devproxy/caddymodule/runnerstatus"
)

// Loop is safe for concurrent use. Start makes it, Close ends it.
type Loop struct {
	dir   string
	opts  Options
	hooks Hooks

	state     atomic.Pointer[State]
	candidate atomic.Pointer[Candidate] // what is being prepared
	history   *bundle.History
	number    atomic.Int64              // of builds
	recipes   sync.Map                  // event.Target → recipe
	commands  atomic.Int64              // that run
	commanded atomic.Pointer[time.Time] // when the last one ended

	originMu sync.Mutex // of the file that says what dist/main.wasm is made of
	makers   makers     // under originMu

	asks     chan ask
	outcomes chan outcome
	prepared chan prepared
	idled    chan struct{} // holds at most one: the builder may have nothing more to do
	ended    chan struct{} // closed when run has ended
	cancel   context.CancelFunc
	running  sync.WaitGroup // run
	tasks    sync.WaitGroup // what run started

	work // belongs to the goroutine of run
}

// work is what only the loop's own goroutine touches.
type work struct {
	watcher  *watch.Watcher
	builder  *build.Builder
	maker    *bundle.Maker
	plan     build.Plan
	bundlers map[event.Target]*build.Bundler
	made     map[event.Target]build.Result // the last good results
	madeAt   map[event.Target]time.Time
	failures map[event.Target]event.BuildFailed
	awaited  bool // pages show a failure, or that a build runs
	refused  bool // the handler's failure is one of preparing it

	mode          string
	elsewhere     bool  // the selected runner is another process
	developersOwn bool  // dist/main.wasm is newer than the sources
	sourceFault   error // why there is no source mode
	kept          *keptHandler

	pace     pace
	due      *time.Timer
	halves   halves
	artefact artefact
	waiting  bool                 // due has been set
	settling []chan struct{}      // closed once there is nothing more to do
	savedAt  time.Time            // when what is being built was saved
	saved    map[string]time.Time // what was, and is not published

	pin        string            // hash of the earlier build that answers until the next save; empty for none
	newest     *bundle.Bundle    // that was built since the loop began
	sourceMaps map[string][]byte // of the history's builds, by hash
	began      time.Time         // when the first step to the next build was taken
	failed     []Failure         // the newest last

	published     Candidate
	publishedAt   time.Time
	proven        bool // something published answered the selected runner
	handler       runnerstatus.Handler
	warnings      []event.Problem
	err           error
	cancelPrepare context.CancelFunc
	verdict       Verdict // on the handler that answers
}

// ask is a request to the goroutine of run.
type ask struct {
	do   func(context.Context)
	done chan struct{}
}

// Start publishes what the folder holds, as far as that needs no command, and
// begins to watch it. dir need not hold a good extension yet. The loop ends
// with ctx, or by Close.
func Start(ctx context.Context, dir string, opts Options, hooks Hooks) (*Loop, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("opening extension folder %s: %w", dir, err)
	}
	if hooks.Runner == nil {
		hooks.Runner = build.Here{}
	}
	ctx, cancel := context.WithCancel(ctx)
	l := &Loop{dir: dir, opts: opts, hooks: hooks, cancel: cancel, asks: make(chan ask), outcomes: make(chan outcome), prepared: make(chan prepared), idled: make(chan struct{}, 1), ended: make(chan struct{})}
	l.work = work{
		saved: map[string]time.Time{},
		maker: bundle.NewMaker(opts.CacheDir), bundlers: map[event.Target]*build.Bundler{}, made: map[event.Target]build.Result{}, madeAt: map[event.Target]time.Time{},
		failures: map[event.Target]event.BuildFailed{}, due: stopped(), halves: halves{patience: together, over: stopped()}, artefact: artefact{reading: stopped()}, cancelPrepare: func() {}, elsewhere: hooks.Elsewhere,
		sourceMaps: map[string][]byte{},
	}
	l.state.Store(&State{})
	if err := l.open(ctx); err != nil {
		cancel()
		return nil, err
	}
	l.builder = build.NewBuilder(ctx, l.dir, l.buildHooks(ctx))
	l.begin(ctx, opts.Anew)
	l.running.Go(func() {
		defer close(l.ended)
		defer cancel()
		l.run(ctx)
	})
	return l, nil
}

// open comes before the first look, so that no save falls between.
func (l *Loop) open(ctx context.Context) (err error) {
	l.history = bundle.OpenHistory(l.opts.CacheDir, l.opts.History, l.hooks.Log)
	if l.opts.Watch == WatchOff {
		return nil
	}
	options := watch.Options{Root: l.dir, Ignore: watched, Log: l.hooks.Log}
	if l.opts.Watch == WatchPoll {
		options.Poll = pollEvery
	}
	l.watcher, err = watch.New(ctx, options)
	return err
}

const pollEvery = 300 * time.Millisecond

// watched takes back what version control leaves out and a bundle holds.
var watched = []string{"!/ui/", "!/manifest.json", "!/dist/", "/dist/*", "!/dist/main.wasm"}

func stopped() *time.Timer {
	timer := time.NewTimer(time.Hour)
	timer.Stop()
	return timer
}

// Dir is the folder's absolute path.
func (l *Loop) Dir() string { return l.dir }

// Content finds the content of that hash: the published one, an earlier one
// of the history, or one that is being prepared. id is the extension that it
// must be of.
func (l *Loop) Content(id, hash string) (*bundle.Bundle, bool) {
	if c := l.candidate.Load(); c != nil && c.Hash == hash && c.ID == id {
		return c.Bundle, true
	}
	if ext := l.State().Extension; ext == nil || ext.ID != id {
		return nil, false
	}
	return l.history.ByHash(hash)
}

// Rebuild builds everything anew, commands included, and returns when that
// has begun; see [Loop.Settled]. An earlier build that answers gives way to it.
func (l *Loop) Rebuild(ctx context.Context) error {
	return l.ask(ctx, func(ctx context.Context) {
		l.unpin()
		l.begin(ctx, true)
	})
}

// Announce says again what is published and what has failed, for readers that
// came late.
func (l *Loop) Announce(ctx context.Context) error {
	return l.ask(ctx, func(context.Context) {
		if l.published.Bundle != nil {
			l.announce(l.published, nil, event.None)
		}
	})
}

func (l *Loop) ask(ctx context.Context, do func(context.Context)) error {
	a := ask{do: do, done: make(chan struct{})}
	for step := range 2 {
		var asks chan ask
		done := a.done
		if step == 0 {
			asks, done = l.asks, nil
		}
		select {
		case asks <- a:
		case <-done:
		case <-l.ended:
			return errEnded
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// Close ends the loop and its builds, and waits for them.
func (l *Loop) Close() {
	l.cancel()
	l.running.Wait()
}

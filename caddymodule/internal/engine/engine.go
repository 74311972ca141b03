// Package engine is the one value that outlives a Caddy config. It owns the
// backends, the selector, the developer's extensions and the embedded runner.
//
// The Caddy app gives it [Settings] and the Caddy handlers ask it; it knows
// neither. Everything it starts ends in [Engine.Close].
package engine

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/same-origin/devproxy/caddymodule/internal/assetcache"
	"github.com/same-origin/devproxy/caddymodule/internal/backend"
	"github.com/same-origin/devproxy/caddymodule/internal/dashboard"
	"github.com/same-origin/devproxy/caddymodule/internal/event"
	"github.com/same-origin/devproxy/caddymodule/internal/loop"
	"github.com/same-origin/devproxy/caddymodule/internal/metrics"
	"github.com/same-origin/devproxy/caddymodule/internal/record"
	"github.com/same-origin/devproxy/caddymodule/internal/workshop"
	"github.com/same-origin/devproxy/caddymodule/runner/guest/source"
)

// Engine is safe for concurrent use.
type Engine struct {
	selector *backend.Selector
	log      *slog.Logger
	logTo    *logSwitch

	ctx    context.Context
	cancel context.CancelFunc
	tasks  sync.WaitGroup

	begun     chan struct{} // closed once there were settings
	beginOnce sync.Once

	// applying serialises Apply: one change of the world at a time
	applying sync.Mutex
	// using has room for the one Use that is under way, which may wait for long
	using    chan struct{}
	wishes   wishes                          // of Use
	first    atomic.Pointer[backend.Backend] // that was ever selected: no swap led to it
	embedded atomic.Pointer[embedded]
	docker   atomic.Pointer[docker]

	assets  *assetcache.Cache
	metrics *metrics.Metrics
	clear   sync.Map // machines that were warned of, see warnOfClear

	bus      event.Bus
	working  *event.Tasks
	board    *dashboard.Board
	workshop *workshop.Workshop // of builds in containers
	records  atomic.Pointer[record.Store]
	pages    pages // guarded by applying, but for what is asked of it

	// what requests ask for is replaced as a whole, never changed, so that no
	// request waits for mu
	settings   atomic.Pointer[Settings]
	extensions atomic.Pointer[[]*loaded]
	monitors   atomic.Pointer[map[string]*watched] // replaced under mu

	mu       sync.Mutex
	backends map[string]*backend.Backend
	live     liveGeneration
	required *watched // asked by Require, and not yet run
	clusters map[string]*discovery
	demand   map[string]bool // what somebody said of a backend that is started on demand
	fault    error           // why the last Apply is incomplete, nil when it is not
}

// loaded is one extension that the settings name.
type loaded struct {
	settings Extension
	dir      string
	loop     *loop.Loop
	faults   *faultLog
	source   *atomic.Pointer[source.Build] // what its handler runs on from source
}

// New makes an engine that serves nothing yet.
func New() *Engine {
	e := &Engine{selector: backend.NewSelector(), backends: map[string]*backend.Backend{}, logTo: newLogSwitch(), assets: assetcache.New(assetcache.DefaultBytes),
		begun: make(chan struct{}), using: make(chan struct{}, 1), clusters: map[string]*discovery{}, demand: map[string]bool{}}
	e.settings.Store(new(Settings))
	e.extensions.Store(new([]*loaded))
	e.monitors.Store(new(map[string]*watched))
	e.ctx, e.cancel = context.WithCancel(context.Background())
	e.log = slog.New(e.logTo)
	e.working = event.NewTasks(&e.bus)
	e.workshop = workshop.New(e.log)
	e.board = dashboard.New(&e.bus)
	e.background(e.logEvents(e.bus.Subscribe(reported)))
	e.metrics = metrics.New(e.assets)
	news := e.bus.Subscribe(metrics.Room)
	e.background(func(ctx context.Context) { e.metrics.Follow(ctx, news) })
	e.background(e.followSelection)
	return e
}

// Selector says which backend is selected.
func (e *Engine) Selector() *backend.Selector { return e.selector }

// Assets are kept across swaps and across configs: their URLs name their
// content, whoever serves it.
func (e *Engine) Assets() *assetcache.Cache { return e.assets }

// Metrics count what happens, from config to config.
func (e *Engine) Metrics() *metrics.Metrics { return e.metrics }

// Fail records that a configuration could not be understood, so that the
// snapshot says so. What ran before goes on.
func (e *Engine) Fail(err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.fault = err
	e.settled()
}

// SetLogger sends the engine's log to l from now on. A Caddy logger belongs to
// one config, so each config brings its own.
func (e *Engine) SetLogger(l *slog.Logger) { e.logTo.set(e.board.Tee(l.Handler())) }

// Bus carries what happens in the change loops; it is closed with the engine.
func (e *Engine) Bus() *event.Bus { return &e.bus }

// Board remembers what has happened lately, for the dashboard.
func (e *Engine) Board() *dashboard.Board { return e.board }

// Settings is what Apply was last given.
func (e *Engine) Settings() Settings { return *e.settings.Load() }

// Hold is how long a request may wait for a backend to get ready.
func (e *Engine) Hold() time.Duration { return e.settings.Load().Hold }

// HoldFor is how long a request may wait for b. One that somebody has said is
// down, and that was not ready for longer than that, is not waited for.
func (e *Engine) HoldFor(b *backend.Backend) time.Duration {
	hold := e.Hold()
	if b == nil || b.Unready() <= hold {
		return hold
	}
	if known := e.monitored(b); known.LastError == nil || known.LastError.Code == codeStarting {
		return hold
	}
	return 0
}

// Close stops everything that the engine started and waits for it.
func (e *Engine) Close() error {
	e.applying.Lock()
	defer e.applying.Unlock()
	e.mu.Lock()
	e.cancel()
	backends, extensions := e.backends, e.extensions.Swap(new([]*loaded))
	e.backends = nil
	e.mu.Unlock()
	for _, l := range *extensions {
		l.loop.Close()
	}
	e.board.Close()
	e.bus.Close()
	e.tasks.Wait()
	for _, b := range backends {
		b.Close()
	}
	return errors.Join(e.workshop.Close(), e.closeRecords(), e.stopDocker(), e.stopEmbedded())
}

// background runs task until it returns; its context ends with the engine.
// A closed engine runs nothing more. The caller must not hold e.mu.
func (e *Engine) background(task func(context.Context)) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.ctx.Err() == nil {
		e.tasks.Go(func() { task(e.ctx) })
	}
}

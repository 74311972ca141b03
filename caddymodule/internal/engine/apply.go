package engine

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/same-origin/devproxy/caddymodule/internal/backend"
)

// drainTimeout bounds how long a replaced backend keeps its requests.
const drainTimeout = 30 * time.Second

// streamGrace is how long the streams of a replaced backend go on.
const streamGrace = 2 * time.Second

// Apply makes the running engine match s and does only what differs: with
// the same settings it does nothing. What cannot be had is reported in the
// error and in the snapshot; the rest is applied all the same.
func (e *Engine) Apply(s Settings) error {
	e.applying.Lock()
	defer e.applying.Unlock()
	if err := e.ctx.Err(); err != nil {
		return fmt.Errorf("applying the settings: the engine is closed: %w", err)
	}
	e.assets.Resize(s.AssetCache)
	// before the extensions, whose handlers it compiles
	oldRunner, embedded := e.applyEmbedded(s)
	pages, records := e.applyPages(s), e.applyRecords(s)
	extensions := e.applyExtensions(s)
	oldBackends, backends := e.applyBackends(s)
	e.retire(oldBackends, oldRunner)
	e.forgetDemand(s)
	e.settings.Store(&s) // before what may bring news of a backend at once
	e.settled()
	docker := e.applyDocker(s)
	e.applyClusters(s)
	e.applyMonitors(s)
	e.stand()
	e.mu.Lock()
	defer e.mu.Unlock()
	e.fault = errors.Join(extensions, pages, records, embedded, backends, docker)
	return e.fault
}

// applyBackends gives the backends that are no longer wanted.
func (e *Engine) applyBackends(s Settings) (replaced []*backend.Backend, err error) {
	run, oldDefault := e.embedded.Load(), e.settings.Load().Default
	// mu is held until the selection is made: a generation that is promoted
	// meanwhile must find either the old backends or the new ones
	next := e.makeBackends(s, run)
	defer e.mu.Unlock()
	old := e.backends
	e.backends = next
	for name, b := range next {
		e.selector.SetReady(b, e.readyAtFirst(b, old[name], run != nil))
	}
	err = e.reselect(next, oldDefault, s.Default)
	for name, b := range old {
		if next[name] != b {
			replaced = append(replaced, b)
		}
	}
	return replaced, err
}

// makeBackends gives the backends of s, those that need no change as they are,
// and takes e.mu. Making one may read files, so that is done before: what
// became of a backend meanwhile is made once more.
func (e *Engine) makeBackends(s Settings, run *embedded) map[string]*backend.Backend {
	made := map[string]*backend.Backend{}
	for {
		e.mu.Lock()
		next, missing := make(map[string]*backend.Backend, len(s.Backends)), map[string]backend.Config{}
		for name, cfg := range s.Backends {
			cfg = e.found(e.live.complete(run.complete(cfg)))
			switch b := e.backends[name]; {
			case b != nil && b.Fault() == nil && sameConfig(b.Config(), cfg):
				next[name] = b
			case made[name] != nil && sameConfig(made[name].Config(), cfg):
				next[name] = made[name]
			default:
				missing[name] = cfg
			}
		}
		if len(missing) == 0 {
			return next
		}
		e.mu.Unlock()
		for name, cfg := range missing {
			made[name] = backend.New(cfg)
		}
	}
}

// readyAtFirst says whether requests may be sent before the first news of b.
func (e *Engine) readyAtFirst(b, before *backend.Backend, embedded bool) bool {
	cfg := b.Config()
	switch {
	case cfg.Kind == backend.Embedded:
		return embedded
	case cfg.Kind == backend.Docker, cfg.Guarded: // its generations, or its monitor, tell, and told the one before
		return before != nil && before.Ready()
	case cfg.Service.Ref.Name != "":
		return cfg.BaseURL != nil
	}
	return true
}

// reselect keeps the selection through a change of its options, and follows
// the default when that is what changed.
func (e *Engine) reselect(backends map[string]*backend.Backend, oldDefault, newDefault string) error {
	name := newDefault
	if current := e.selector.Current(); current != nil && oldDefault == newDefault && backends[current.Name()] != nil {
		name = current.Name()
	}
	b := backends[name]
	if b == nil {
		return fmt.Errorf("selecting backend %q: there is none of that name; known: %v", name, slices.Sorted(maps.Keys(backends)))
	}
	e.first.CompareAndSwap(nil, b)
	split := e.selector.Split()
	if split == nil || oldDefault != newDefault || backends[split.To.Name()] == nil {
		e.selector.Select(b)
		return nil
	}
	kept := *split
	kept.To = backends[split.To.Name()]
	// in one step: in between, browsers would be on the wrong side
	e.selector.Choose(b, &kept)
	return nil
}

// retire lets the requests on replaced backends finish, closes their
// connections, and only then ends the runner that they were served by.
func (e *Engine) retire(replaced []*backend.Backend, runner *embedded) {
	if len(replaced) == 0 && runner == nil {
		return
	}
	e.background(func(engine context.Context) {
		ctx, cancel := context.WithTimeout(engine, drainTimeout)
		defer cancel()
		for _, b := range replaced {
			if err := e.selector.Drain(ctx, b, streamGrace); err != nil {
				e.log.Warn("draining a replaced backend", "backend", b.Name(), "error", err)
			}
			b.Close()
		}
		if runner == nil {
			return
		}
		e.warnOfEnd(ctx, runner.close(ctx))
		if runner.compiling { // which may take longer than requests
			e.warnOfEnd(engine, runner.closeGuests(engine))
		}
	})
}

// warnOfEnd tells why a replaced runner did not end well within its time.
func (e *Engine) warnOfEnd(ctx context.Context, err error) {
	if err != nil && ctx.Err() == nil {
		e.log.Warn("stopping the replaced embedded runner", "error", err)
	}
}

// sameConfig compares what a backend was made of; URLs by what they say.
func sameConfig(a, b backend.Config) bool {
	urlA, urlB := a.BaseURL, b.BaseURL
	a.BaseURL, b.BaseURL = nil, nil
	if a != b || (urlA == nil) != (urlB == nil) {
		return false
	}
	return urlA == nil || urlA.String() == urlB.String()
}

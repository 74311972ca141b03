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
	pages := e.applyPages(s)
	extensions := e.applyExtensions(s)
	oldBackends, backends := e.applyBackends(s)
	e.retire(oldBackends, oldRunner)
	docker := e.applyDocker(s)
	e.mu.Lock()
	defer e.mu.Unlock()
	e.settings, e.fault = s, errors.Join(extensions, pages, embedded, backends, docker)
	return e.fault
}

// applyBackends gives the backends that are no longer wanted.
func (e *Engine) applyBackends(s Settings) (replaced []*backend.Backend, err error) {
	run := e.embedded.Load()
	// held until the selection is made: a generation that is promoted
	// meanwhile must find either the old backends or the new ones
	e.mu.Lock()
	defer e.mu.Unlock()
	old, oldDefault := e.backends, e.settings.Default
	next := make(map[string]*backend.Backend, len(s.Backends))
	for name, cfg := range s.Backends {
		cfg = e.live.complete(run.complete(cfg))
		if b := old[name]; b != nil && sameConfig(b.Config(), cfg) {
			next[name] = b
			continue
		}
		next[name] = backend.New(cfg)
	}
	e.backends = next
	for _, b := range next {
		switch b.Config().Kind {
		case backend.URL:
			e.selector.SetReady(b, true)
		case backend.Embedded:
			e.selector.SetReady(b, run != nil)
		case backend.Docker: // its generations tell, and told the one before
			if before := old[b.Name()]; before != nil && before != b {
				e.selector.SetReady(b, before.Ready())
			}
		}
	}
	err = e.reselect(next, oldDefault, s.Default)
	for name, b := range old {
		if next[name] != b {
			replaced = append(replaced, b)
		}
	}
	return replaced, err
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
	e.selector.Select(b)
	return nil
}

// retire lets the requests on replaced backends finish, closes their
// connections, and only then ends the runner that they were served by.
func (e *Engine) retire(replaced []*backend.Backend, runner *embedded) {
	if len(replaced) == 0 && runner == nil {
		return
	}
	e.background(func(ctx context.Context) {
		ctx, cancel := context.WithTimeout(ctx, drainTimeout)
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
		if err := runner.close(ctx); err != nil && ctx.Err() == nil {
			e.log.Warn("stopping the replaced embedded runner", "error", err)
		}
	})
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

// ErrUnknownBackend says that no backend has the name asked for.
var ErrUnknownBackend = errors.New("unknown backend")

// Select sends new requests to the backend of that name.
func (e *Engine) Select(name string) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	b, known := e.backends[name], slices.Sorted(maps.Keys(e.backends))
	if b == nil {
		return fmt.Errorf("%w %q; known: %v", ErrUnknownBackend, name, known)
	}
	e.selector.Select(b)
	return nil
}

// promote.go contains what becomes of a generation that is ready: it is warmed
// while the one before serves, then it gets the traffic.

package engine

import (
	"context"
	"fmt"
	"net/url"

	"github.com/same-origin/devproxy/caddymodule/internal/backend"
	"github.com/same-origin/devproxy/caddymodule/internal/container"
)

// liveOf is what a generation is once it has the traffic.
func liveOf(g container.Live) liveGeneration {
	return liveGeneration{base: &url.URL{Scheme: "http", Host: g.Address}, dialer: g.Dialer, number: g.Generation, token: g.ServiceToken}
}

// warmNext has a generation fetch and compile what is published before it takes
// over from one that serves: the first requests would wait for it. Where nothing
// serves, or that ends meanwhile, waiting helps nobody. What cannot be warmed
// holds no swap up; a generation that does not answer after it does.
func (e *Engine) warmNext(ctx context.Context, name string, g container.Live) error {
	running := e.docker.Load()
	if running == nil || !running.runner.Furnished() {
		return nil
	}
	cfg, serving := e.servingAs(name)
	if !serving {
		return nil
	}
	next := backend.New(liveOf(g).complete(cfg))
	defer next.Close()
	if heated := e.heatWhileServing(ctx, name, next); heated == nil || ctx.Err() != nil {
		return ctx.Err()
	}
	if _, serving = e.servingAs(name); !serving {
		return nil
	}
	if err := e.answers(ctx, next); err != nil {
		return fmt.Errorf("warming generation %d, which answers no more: %w", g.Generation, err)
	}
	return nil
}

// heatWhileServing gives why the generation broke off, if it did. It ends early
// when the one before serves no more.
func (e *Engine) heatWhileServing(ctx context.Context, name string, next *backend.Backend) error {
	warming, cancel := context.WithTimeout(ctx, furnishing)
	defer cancel()
	heated := make(chan error, 1)
	go func() { heated <- e.heatWith(warming, next) }()
	for {
		changed := e.selector.Changed()
		if _, serving := e.servingAs(name); !serving {
			cancel()
		}
		select {
		case err := <-heated:
			return err
		case <-changed:
		}
	}
}

// servingAs says whether the docker backend has a generation that takes
// requests, and how that is configured.
func (e *Engine) servingAs(name string) (cfg backend.Config, serving bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	b := e.backends[name]
	if b == nil {
		return cfg, false
	}
	return b.Config(), b.Ready() && b.Config().BaseURL != nil
}

// promote hands the traffic to a generation and returns when the one before
// it has none left.
func (e *Engine) promote(name string, g container.Live) error {
	e.mu.Lock()
	old := e.backends[name]
	if old == nil {
		e.mu.Unlock()
		return fmt.Errorf("promoting generation %d: backend %s is gone", g.Generation, name)
	}
	e.live = liveOf(g)
	next := backend.New(e.live.complete(old.Config()))
	e.backends[name] = next
	e.selector.SetReady(next, true)
	e.selector.Replace(old, next)
	e.metrics.Generation(name, g.Generation)
	e.mu.Unlock()
	e.watch(name)

	// the engine's context, not the caller's: who asked for the swap may
	// leave, the requests on the old generation finish all the same
	ctx, cancel := context.WithTimeout(e.ctx, drainTimeout)
	defer cancel()
	if err := e.selector.Drain(ctx, old, streamGrace); err != nil {
		e.log.Warn("draining a replaced generation", "backend", name, "error", err)
	}
	old.Close()
	return nil
}

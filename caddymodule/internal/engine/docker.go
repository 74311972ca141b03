package engine

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/same-origin/devproxy/caddymodule/internal/backend"
	"github.com/same-origin/devproxy/caddymodule/internal/container"
	"github.com/same-origin/devproxy/caddymodule/runnerstatus"
)

// docker is the compose project behind the docker backend.
type docker struct {
	made   container.Config
	runner *container.Runner
	shop   *shop
}

// liveGeneration is which container has the docker backend's traffic, and why
// there is none. It is guarded by Engine.mu.
type liveGeneration struct {
	base   *url.URL
	dialer container.Dialer
	number int
	token  string // what it demands of those who execute; empty for nothing
	fault  *runnerstatus.Fault
}

// complete adds the live generation to the docker backend's config.
func (l liveGeneration) complete(cfg backend.Config) backend.Config {
	if cfg.Kind == backend.Docker {
		cfg.BaseURL, cfg.Dialer, cfg.Generation = l.base, l.dialer, l.number
		if l.base != nil {
			cfg.ServiceToken = l.token
		}
	}
	return cfg
}

// dockerName is the backend that a compose project runs, if there is one.
func (s Settings) dockerName() string {
	for name, cfg := range s.Backends {
		if cfg.Kind == backend.Docker {
			return name
		}
	}
	return ""
}

// applyDocker starts the project when its backend is the default, and another
// in its place when the settings changed.
func (e *Engine) applyDocker(s Settings) error {
	name := s.dockerName()
	wanted := name != "" && e.wanted(s, name)
	if old := e.docker.Load(); wanted && old != nil && old.made.Equal(s.Compose) {
		return nil
	}
	err := e.stopDocker()
	if !wanted {
		return err
	}
	config := s.Compose
	offer := &shop{installs: e, dir: s.StateDir}
	config.Store = offer
	runner := container.Start(config, container.Hooks{
		Warm:     func(ctx context.Context, g container.Live) error { return e.warmNext(ctx, name, g) },
		Promote:  func(g container.Live) error { return e.promote(name, g) },
		Answered: func() time.Time { return e.answered(name) },
		Down: func(code, reason, fix string) {
			e.setDocker(name, false, &runnerstatus.Fault{Code: code, Message: reason, Fix: fix})
		},
		Degraded: func(code, reason, fix string) {
			e.setDocker(name, true, &runnerstatus.Fault{Code: code, Message: reason, Fix: fix})
		},
		Up:    func() { e.setDocker(name, true, nil) },
		Begin: e.begin,
		Log:   e.log.With("backend", name),
	})
	e.docker.Store(&docker{made: s.Compose, runner: runner, shop: offer})
	return err
}

// answered is when the live generation last answered a request.
func (e *Engine) answered(name string) time.Time {
	e.mu.Lock()
	defer e.mu.Unlock()
	if b := e.backends[name]; b != nil {
		return b.Answered()
	}
	return time.Time{}
}

// setDocker says whether the live generation answers.
func (e *Engine) setDocker(name string, ready bool, fault *runnerstatus.Fault) {
	e.mu.Lock()
	known := fault != nil && e.live.fault != nil && *fault == *e.live.fault
	e.live.fault = fault
	if b := e.backends[name]; b != nil {
		e.selector.SetReady(b, ready)
	}
	e.mu.Unlock()
	e.watch(name)
	e.stand()
	if !known { // what is said again and again needs no question
		e.Retry(name)
	}
}

// dockerStop bounds what ends a project: its services' own grace periods,
// and some time for the engine.
const dockerStop = 60 * time.Second

func (e *Engine) stopDocker() error {
	running := e.docker.Swap(nil)
	if running == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), dockerStop)
	defer cancel()
	e.drainDocker()
	if err := errors.Join(running.runner.Close(ctx), running.shop.close()); err != nil {
		return fmt.Errorf("stopping the docker backend: %w", err)
	}
	return nil
}

// drainDocker takes the traffic off the generation that is about to be
// stopped: its port may be another program's a moment later.
func (e *Engine) drainDocker() {
	var stopped []*backend.Backend
	e.mu.Lock()
	e.live = liveGeneration{}
	e.metrics.NoGeneration()
	for name, old := range e.backends {
		if old.Config().Kind != backend.Docker {
			continue
		}
		cfg := old.Config()
		cfg.BaseURL, cfg.Dialer, cfg.Generation = nil, nil, 0
		e.backends[name] = backend.New(cfg)
		e.selector.Replace(old, e.backends[name])
		stopped = append(stopped, old)
	}
	e.mu.Unlock()
	ctx, cancel := context.WithTimeout(e.ctx, drainTimeout)
	defer cancel()
	for _, b := range stopped {
		if err := e.selector.Drain(ctx, b, streamGrace); err != nil && e.ctx.Err() == nil {
			e.log.Warn("draining the docker backend", "error", err)
		}
		b.Close()
	}
}

// mendDocker tries again to bring up a project that could not be brought up:
// whoever selects it may have corrected it. Whether that helped is asked of the
// backend.
func (e *Engine) mendDocker(ctx context.Context, name string) {
	e.mu.Lock()
	b, failed := e.backends[name], e.live.fault != nil
	e.mu.Unlock()
	running := e.docker.Load()
	if b == nil || b.Config().Kind != backend.Docker || running == nil || !failed {
		return
	}
	if _, err := running.runner.Mend(ctx); err != nil {
		e.log.Debug("the docker backend could not be mended", "backend", name, "error", err)
	}
}

// ErrNoDocker says that no docker backend runs.
var ErrNoDocker = errors.New("no docker backend runs; start one with 'devproxy use docker'")

// Restart restarts a service of the docker backend's project, "" for the
// runner, which is replaced without a gap; rebuild makes its image anew.
func (e *Engine) Restart(ctx context.Context, service string, rebuild bool) error {
	running := e.docker.Load()
	if running == nil {
		return ErrNoDocker
	}
	if rebuild {
		_, err := running.runner.Deploy(ctx)
		return err
	}
	return running.runner.Restart(ctx, service)
}

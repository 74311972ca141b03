package engine

import (
	"maps"

	"github.com/same-origin/devproxy/caddymodule/internal/backend"
)

// onDemand says that a backend costs something before it is used: containers,
// or a login at a cluster.
func onDemand(cfg backend.Config) bool {
	return cfg.Kind == backend.Docker || cfg.Service.Ref.Name != ""
}

// unconfigured says that nobody said where a backend is, so that there is
// nothing to ask.
func unconfigured(cfg backend.Config) bool {
	return (cfg.Kind == backend.URL || cfg.Kind == backend.Knative) && cfg.BaseURL == nil && cfg.Service.Ref.Name == ""
}

// wanted says whether the named backend is to run: somebody said so, or it is
// the default.
func (e *Engine) wanted(s Settings, name string) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.wantedLocked(s, name)
}

func (e *Engine) wantedLocked(s Settings, name string) bool {
	if said, any := e.demand[name]; any {
		return said
	}
	cfg := s.Backends[name]
	return s.Default == name || (!onDemand(cfg) && !unconfigured(cfg))
}

// forgetDemand takes another default for another wish than the last one said.
func (e *Engine) forgetDemand(s Settings) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if s.Default != e.settings.Load().Default {
		clear(e.demand)
	}
	maps.DeleteFunc(e.demand, func(name string, _ bool) bool { _, known := s.Backends[name]; return !known })
}

// demandNow gives what puts back the demand that there is now for the named
// backend, for a swap that is refused: nobody wants it any more than before. Containers stay:
// `devproxy restart` brings up a project that was mended, and their logs say
// why they did not come up.
func (e *Engine) demandNow(name string) (putBack func()) {
	e.mu.Lock()
	said, any := e.demand[name]
	e.mu.Unlock()
	return func() {
		s := e.Settings()
		if s.Backends[name].Kind == backend.Docker {
			return
		}
		e.applying.Lock()
		defer e.applying.Unlock()
		if e.ctx.Err() != nil {
			return
		}
		e.mu.Lock()
		if any {
			e.demand[name] = said
		} else {
			delete(e.demand, name)
		}
		e.mu.Unlock()
		e.applyClusters(s)
		e.applyMonitors(s)
		e.stand()
	}
}

// start has the named backend run, if it does not yet; stop is its contrary.
func (e *Engine) start(name string) error { return e.want(name, true) }

func (e *Engine) stop(name string) error { return e.want(name, false) }

func (e *Engine) want(name string, run bool) error {
	e.applying.Lock()
	defer e.applying.Unlock()
	if err := e.ctx.Err(); err != nil {
		return err
	}
	s := e.Settings()
	e.mu.Lock()
	e.demand[name] = run
	e.mu.Unlock()
	err := e.applyDocker(s)
	e.applyClusters(s)
	e.applyMonitors(s)
	e.stand()
	return err
}

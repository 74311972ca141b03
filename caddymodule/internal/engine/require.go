package engine

import (
	"context"

	"github.com/same-origin/devproxy/caddymodule/internal/backend"
	"github.com/same-origin/devproxy/caddymodule/internal/monitor"
)

// Require asks the default backend of s, before s is applied, whether it
// answers, if it is not optional. One that is started on demand cannot have
// answered by then; whoever starts devproxy waits for it.
func (e *Engine) Require(ctx context.Context, s Settings) error {
	name := s.Default
	cfg, known := s.Backends[name]
	options := s.monitor(name)
	if !known || options.Optional || onDemand(cfg) || cfg.Kind == backend.Embedded || e.watches(name) {
		return nil
	}
	asked := backend.New(cfg)
	defer asked.Close()
	probe := func(ctx context.Context) error {
		if b, _ := e.backendOf(name); b != nil {
			return e.probeOf(name)(ctx)
		}
		if cfg.Kind == backend.Knative {
			return asked.Connect(ctx)
		}
		return e.healthy(ctx, asked)
	}
	m := monitor.New(options, name, addressOf(asked), probe, e.log)
	if err := m.Require(ctx); err != nil {
		return err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.required = &watched{Monitor: m, made: options}
	return nil
}

func (e *Engine) watches(name string) bool {
	return e.monitorOf(name) != nil
}

// takeRequired is the monitor that has asked already, if it is name's. The
// caller holds e.mu.
func (e *Engine) takeRequired(name string, options monitor.Config) *monitor.Monitor {
	w := e.required
	if w == nil || w.made != options || w.Snapshot().Backend != name {
		return nil
	}
	e.required = nil
	return w.Monitor
}

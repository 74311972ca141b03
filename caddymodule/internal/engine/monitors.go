package engine

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"net/http"
	"time"

	"github.com/same-origin/devproxy/caddymodule/internal/backend"
	"github.com/same-origin/devproxy/caddymodule/internal/monitor"
	"github.com/same-origin/devproxy/caddymodule/runnerstatus"
)

// watched is a backend's monitor and what it was made of.
type watched struct {
	*monitor.Monitor
	made monitor.Config
	over *backend.Backend // what it asks now
	stop context.CancelFunc
}

// applyMonitors has one monitor for each backend that is wanted, once there is
// something to ask. One whose
// options did not change goes on, with all it knows.
func (e *Engine) applyMonitors(s Settings) {
	for name := range s.Backends {
		e.watch(name)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	kept := maps.Clone(*e.monitors.Load())
	maps.DeleteFunc(kept, func(name string, w *watched) bool {
		over := e.backends[name] == nil || !e.wantedLocked(s, name) || !e.heardOf(name)
		if over {
			w.stop()
		}
		return over
	})
	e.monitors.Store(&kept)
}

// monitorOf is the named backend's monitor; nil when it has none.
func (e *Engine) monitorOf(name string) *watched { return (*e.monitors.Load())[name] }

// setMonitor puts w in the place of the named backend's monitor. The caller
// holds e.mu.
func (e *Engine) setMonitor(name string, w *watched) {
	next := map[string]*watched{name: w}
	for other, kept := range *e.monitors.Load() {
		if other != name {
			next[other] = kept
		}
	}
	e.monitors.Store(&next)
}

// watch starts the named backend's monitor, or turns it to what the backend
// has become.
func (e *Engine) watch(name string) {
	e.mu.Lock()
	s, w := e.settings.Load(), e.monitorOf(name)
	cfg := s.monitor(name)
	if e.backends[name] == nil || !e.wantedLocked(*s, name) || !e.heardOf(name) {
		e.mu.Unlock()
		return
	}
	defer e.warnOfClear(e.backends[name])
	if w != nil && w.made == cfg {
		e.retarget(name)
		e.mu.Unlock()
		return
	}
	if w != nil {
		w.stop()
	}
	ctx, cancel := context.WithCancel(e.ctx)
	next := &watched{Monitor: e.takeRequired(name, cfg), made: cfg, over: e.backends[name], stop: cancel}
	if next.Monitor == nil {
		next.Monitor = monitor.New(cfg, name, addressOf(next.over), e.probeOf(name), e.logOf(name))
	}
	e.setMonitor(name, next)
	e.mu.Unlock()
	e.background(func(context.Context) { next.Run(ctx) })
	e.background(func(context.Context) { e.follow(ctx, name, next.Monitor) })
}

// heardOf says that there is something to ask: what is only starting does not
// fail, and must not use up its retries. The caller holds e.mu.
func (e *Engine) heardOf(name string) bool {
	switch cfg := e.backends[name].Config(); {
	case cfg.Kind == backend.Docker:
		return e.live.base != nil || e.live.fault != nil
	case cfg.Service.Ref.Name != "":
		return e.clusters[name] != nil && e.clusters[name].asked
	}
	return true
}

// retarget tells a monitor that its backend is another one now. The caller
// holds e.mu.
func (e *Engine) retarget(name string) {
	if w := e.monitorOf(name); w != nil && w.over != e.backends[name] {
		w.over = e.backends[name]
		w.Retarget(addressOf(w.over), e.probeOf(name))
	}
}

// follow opens and closes the guard of a backend as its monitor says.
func (e *Engine) follow(ctx context.Context, name string, m *monitor.Monitor) {
	for ctx.Err() == nil {
		changed := m.Changed()
		e.guard(name, m)
		e.stand()
		select {
		case <-changed:
		case <-ctx.Done():
		}
	}
}

// guard leaves a backend as it is while its monitor has not asked: a reload
// that changes how often is no outage.
func (e *Engine) guard(name string, m *monitor.Monitor) {
	s := m.Snapshot()
	e.mu.Lock()
	defer e.mu.Unlock()
	b, w := e.backends[name], e.monitorOf(name)
	if b != nil && b.Config().Guarded && w != nil && w.Monitor == m && s.Status != monitor.Unknown {
		e.selector.SetReady(b, s.Status == monitor.Up)
	}
}

// addressOf is a backend's address for people; the embedded one has none.
func addressOf(b *backend.Backend) string {
	if b == nil || b.Config().BaseURL == nil || b.Config().Socket != "" {
		return ""
	}
	return b.Config().BaseURL.Redacted()
}

// probeOf asks whatever the named backend is at that time.
func (e *Engine) probeOf(name string) func(context.Context) error {
	return func(ctx context.Context) error {
		err := e.probe(ctx, name)
		if !errors.Is(ctx.Err(), context.Canceled) { // one that was cut short says nothing
			e.metrics.Probed(name, err == nil)
		}
		return err
	}
}

func (e *Engine) probe(ctx context.Context, name string) error {
	b, fault := e.backendOf(name)
	switch {
	case b == nil:
		return ErrUnknownBackend
	case fault != nil:
		return fault
	case b.Config().Kind == backend.Knative:
		// a request would wake it, and keep it awake
		return b.Connect(ctx)
	}
	return e.healthy(ctx, b)
}

// healthy asks b itself. One that answers others meanwhile is slow, not down.
func (e *Engine) healthy(ctx context.Context, b *backend.Backend) error {
	began := time.Now()
	err := b.Probe(ctx)
	var failed *backend.RequestError
	if !errors.As(err, &failed) {
		return err
	}
	switch {
	case failed.Timeout() && b.Answered().After(began):
		return nil
	case b.Config().Kind == backend.Docker && failed.Err == nil && tolerable(failed.Status):
		return nil
	}
	return err
}

// tolerable is an answer of a container that its own health check calls well,
// and that has no /healthz.
func tolerable(status int) bool {
	return status < http.StatusInternalServerError && status != http.StatusUnauthorized && status != http.StatusForbidden
}

// backendOf is the named backend, and why it cannot be asked.
func (e *Engine) backendOf(name string) (*backend.Backend, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	b := e.backends[name]
	if b == nil {
		return nil, nil
	}
	switch {
	case b.Config().Kind == backend.Docker && !b.Ready():
		return b, e.live.absent()
	case b.Config().Service.Ref.Name != "":
		if d := e.clusters[name]; d != nil {
			return b, d.absent(b)
		}
	}
	return b, nil
}

// absent is why there is no generation to ask.
func (l liveGeneration) absent() error {
	if l.fault == nil {
		return &monitor.FaultError{Fault: monitor.Fault{Code: codeStarting, Message: "the container is not ready yet; 'devproxy logs -f' shows what it writes"}}
	}
	return &monitor.FaultError{Fault: monitor.Fault{Code: l.fault.Code, Message: l.fault.Message + "; " + l.fault.Fix}}
}

// codeStarting: there is no container to ask yet.
const codeStarting = "runner_starting"

// Monitored is what is known of every backend, the selected one first named.
func (e *Engine) Monitored() (selected monitor.Snapshot, all map[string]monitor.Snapshot) {
	current := e.selector.Current()
	e.mu.Lock()
	defer e.mu.Unlock()
	all = make(map[string]monitor.Snapshot, len(e.backends))
	for name, b := range e.backends {
		all[name] = e.monitored(b)
	}
	if current == nil {
		return monitor.Snapshot{Status: monitor.Unknown, Optional: true}, all
	}
	return all[current.Name()], all
}

// Probes are the last ones of each backend, the oldest first.
func (e *Engine) Probes() map[string][]runnerstatus.Probe {
	monitors := *e.monitors.Load()
	out := make(map[string][]runnerstatus.Probe, len(monitors))
	for name, w := range monitors {
		for _, p := range w.History() {
			out[name] = append(out[name], runnerstatus.Probe{At: p.At, OK: p.OK, MS: p.DurationMS, Code: p.Code})
		}
	}
	return out
}

// monitored is what is known of b.
func (e *Engine) monitored(b *backend.Backend) monitor.Snapshot {
	w := e.monitorOf(b.Name())
	if w == nil {
		return monitor.Snapshot{Status: monitor.Unknown, Backend: b.Name(), BaseURL: addressOf(b), Optional: e.settings.Load().monitor(b.Name()).Optional}
	}
	s := w.Snapshot()
	if s.Status == monitor.Unknown && b.Config().Kind == backend.Embedded && b.Ready() {
		s.Status = monitor.Up // it runs in this process
	}
	return s
}

// Suspect has a backend asked at once that a request could not reach.
func (e *Engine) Suspect(name string) {
	if w := e.monitorOf(name); w != nil {
		w.Suspect()
	}
}

// logOf is the log of a backend's monitor. What becomes of a backend that
// nobody selected is for those who look for it, and that the runner in this
// process answers goes without saying.
func (e *Engine) logOf(name string) *slog.Logger {
	return slog.New(unselected{e.log.Handler(), func(level slog.Level) bool {
		b := e.selector.Current()
		return b == nil || b.Name() != name || (b.Config().Kind == backend.Embedded && level < slog.LevelWarn)
	}})
}

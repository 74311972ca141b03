package engine

import (
	"cmp"
	"slices"
	"strings"

	"github.com/same-origin/devproxy/caddymodule/internal/backend"
	"github.com/same-origin/devproxy/caddymodule/internal/event"
	"github.com/same-origin/devproxy/caddymodule/internal/loop"
	"github.com/same-origin/devproxy/caddymodule/internal/monitor"
	"github.com/same-origin/devproxy/caddymodule/runnerstatus"
)

// Snapshot gathers the state; prefix is where the site serves the runner.
func (e *Engine) Snapshot(prefix string) runnerstatus.Snapshot {
	s := runnerstatus.Snapshot{Backends: e.backendStatus(), Extensions: e.extensionStatus(prefix), Tasks: e.tasksNow()}
	if b := e.selector.Current(); b != nil {
		s.Selected = b.Name()
	}
	if running := e.docker.Load(); running != nil {
		s.Compose = running.runner.Project()
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.fault != nil {
		s.Error = e.fault.Error()
	}
	return s
}

// stand has the dashboard note since when each backend is what it is, also
// while nobody looks. The caller must not hold e.mu.
func (e *Engine) stand() { e.board.Stand(e.backendStatus()) }

func (e *Engine) backendStatus() []runnerstatus.Backend {
	e.mu.Lock()
	defer e.mu.Unlock()
	current := e.selector.Current()
	out := make([]runnerstatus.Backend, 0, len(e.backends))
	for _, b := range e.backends {
		out = append(out, e.statusOf(b, current))
	}
	slices.SortFunc(out, func(a, b runnerstatus.Backend) int { return strings.Compare(a.Name, b.Name) })
	return out
}

// statusOf is one backend's state. The caller holds e.mu.
func (e *Engine) statusOf(b, current *backend.Backend) runnerstatus.Backend {
	cfg, known := b.Config(), e.monitored(b)
	status := runnerstatus.Backend{
		Name: b.Name(), Kind: string(cfg.Kind), BaseURL: addressOf(b), Selected: b == current, Status: string(known.Status),
		InFlight: b.InFlight(), Generation: cfg.Generation, Optional: known.Optional, Emulated: cfg.Emulated,
	}
	if known.LastError != nil {
		status.Error = &runnerstatus.Fault{Code: known.LastError.Code, Message: known.LastError.Message}
	}
	if e.monitorOf(b.Name()) == nil {
		status.Status = runnerstatus.Stopped
	}
	if cold := b.ColdStarts(); cold != nil && cold.ColdStarts > 0 {
		status.ColdStarts = &runnerstatus.ColdStarts{Count: cold.ColdStarts, LastMS: cold.LastCold.Milliseconds()}
	}
	if split := e.selector.Split(); split != nil && split.To == b {
		status.Share = &runnerstatus.Share{Percent: split.Percent, Header: split.Header.String(), Cookie: split.Cookie.String()}
	}
	switch {
	case unconfigured(cfg) && b != current:
		status.Status, status.Error = runnerstatus.Unconfigured, nil
	case cfg.Kind == backend.Docker:
		e.describeDocker(&status, b)
	case cfg.Service.Ref.Name != "":
		e.describeService(&status, cfg)
	}
	return status
}

// describeDocker prefers what those who run the containers say of them.
func (e *Engine) describeDocker(status *runnerstatus.Backend, b *backend.Backend) {
	running := e.docker.Load() != nil
	switch {
	case !running && e.live.fault == nil:
		return
	case e.live.fault != nil:
		status.Error = e.live.fault
		if !b.Ready() {
			status.Status = string(monitor.Down)
		}
	case !b.Ready():
		status.Status, status.Error = runnerstatus.Starting, nil
	}
}

func (e *Engine) describeService(status *runnerstatus.Backend, cfg backend.Config) {
	status.Service = cfg.Service.Ref.String()
	d := e.clusters[cfg.Name]
	if d == nil {
		return
	}
	status.Service, status.Revision = d.service.String(), d.service.Revision
	if status.Service == "" {
		status.Service = cfg.Service.Ref.String()
	}
	if warning := d.warning(); warning != nil && status.Error == nil {
		status.Error = &runnerstatus.Fault{Code: warning.Code, Message: warning.Error(), Fix: warning.Fix}
	}
}

func (e *Engine) extensionStatus(prefix string) []runnerstatus.Extension {
	prefix = cmp.Or(e.Settings().PublicBase, prefix)
	out := []runnerstatus.Extension{}
	for _, f := range e.look() {
		status := runnerstatus.Extension{Dir: f.loop.Dir()}
		if f.err != nil {
			status.Error = &runnerstatus.Fault{Code: "manifest_invalid", Message: f.err.Error()}
		}
		if f.ext != nil {
			i := newInstallation(f.loaded, f.ext)
			status.ID, status.Name, status.Publisher, status.Version = i.ID, i.Name, i.Publisher, i.Version
			status.Hash, status.InstallID, status.UIURL = i.Hash, i.InstallID, i.UIURL(prefix)
			status.Handler = f.state.Handler
			status.Build, status.Published = i.Build, f.state.Published
			if kept := f.loop.Builds(); f.state.Earlier && len(kept) > 0 {
				status.LatestBuild = kept[0].Build
			}
			if f.ext.HasHandler {
				status.Handler.Mode = f.state.HandlerMode
			}
		}
		status.Plan, status.Watch = f.state.Plan, string(f.state.Watch.Mode)
		if f.state.Err != nil {
			status.Problems = aimed(event.Manifest, loop.ManifestProblems(f.loop.Dir(), f.state.Err))
		}
		for _, failed := range f.state.Failures {
			status.Problems = append(status.Problems, aimed(failed.Target, failed.Problems)...)
		}
		status.Warnings = slices.Concat(f.state.Warnings, f.state.Watch.Problems)
		for _, list := range [][]runnerstatus.Problem{status.Problems, status.Warnings} { // copies
			for i := range list {
				list[i] = e.board.HiddenProblem(list[i])
			}
		}
		out = append(out, status)
	}
	return out
}

// aimed says of each problem which target it keeps from being built.
func aimed(target event.Target, list []event.Problem) []event.Problem {
	out := slices.Clone(list)
	for i := range out {
		out[i].Target = string(target)
	}
	return out
}

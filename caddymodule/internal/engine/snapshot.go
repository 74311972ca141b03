package engine

import (
	"slices"
	"strings"

	"github.com/same-origin/devproxy/caddymodule/internal/backend"
	"github.com/same-origin/devproxy/caddymodule/internal/event"
	"github.com/same-origin/devproxy/caddymodule/runnerstatus"
)

// Snapshot gathers the state; prefix is where the site serves the runner.
func (e *Engine) Snapshot(prefix string) runnerstatus.Snapshot {
	s := runnerstatus.Snapshot{Backends: e.backendStatus(), Extensions: e.extensionStatus(prefix)}
	if b := e.selector.Current(); b != nil {
		s.Selected = b.Name()
	}
	if running := e.docker.Load(); running != nil {
		s.Compose = (*runnerstatus.Project)(running.runner.Project())
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.fault != nil {
		s.Error = e.fault.Error()
	}
	return s
}

func (e *Engine) backendStatus() []runnerstatus.Backend {
	e.mu.Lock()
	defer e.mu.Unlock()
	current := e.selector.Current()
	out := make([]runnerstatus.Backend, 0, len(e.backends))
	for name, b := range e.backends {
		status := runnerstatus.Backend{Name: name, Kind: string(b.Config().Kind), Selected: b == current, Status: b.Status(), InFlight: b.InFlight()}
		if b.Config().Kind == backend.Docker {
			status.Generation, status.Error = b.Config().Generation, e.live.fault
			if b.Config().BaseURL == nil && e.live.fault == nil && e.docker.Load() != nil {
				status.Status = runnerstatus.Starting
			}
		}
		if base := b.Config().BaseURL; base != nil && b.Config().Socket == "" {
			status.BaseURL = base.Redacted()
		}
		out = append(out, status)
	}
	slices.SortFunc(out, func(a, b runnerstatus.Backend) int { return strings.Compare(a.Name, b.Name) })
	return out
}

func (e *Engine) extensionStatus(prefix string) []runnerstatus.Extension {
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
			if f.ext.HasHandler {
				status.Handler.Mode = f.state.HandlerMode
			}
		}
		status.Plan, status.Watch = f.state.Plan, string(f.state.Watch.Mode)
		for _, failed := range f.state.Failures {
			status.Problems = append(status.Problems, problems(failed.Target, failed.Problems)...)
		}
		status.Warnings = problems("", slices.Concat(f.state.Warnings, f.state.Watch.Problems))
		out = append(out, status)
	}
	return out
}

func problems(target event.Target, list []event.Problem) []runnerstatus.Problem {
	out := make([]runnerstatus.Problem, len(list))
	for i, p := range list {
		out[i] = runnerstatus.Problem{
			Target: string(target), File: p.File, Line: p.Line, Column: p.Column, Code: p.Code, Message: p.Message, Frame: p.Frame, Fix: p.Fix,
		}
	}
	return out
}

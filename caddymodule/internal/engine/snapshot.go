package engine

import (
	"slices"
	"strings"

	"github.com/same-origin/devproxy/caddymodule/internal/backend"
	"github.com/same-origin/devproxy/caddymodule/internal/container"
)

// Snapshot is what the engine does at one moment.
type Snapshot struct {
	Selected   string            `json:"selected"`
	Backends   []BackendStatus   `json:"backends"`
	Extensions []ExtensionStatus `json:"extensions"`
	// Compose is the docker backend's project, once it is known.
	Compose *container.Project `json:"compose,omitempty"`
	// Error says what of the configuration could not be applied.
	Error string `json:"error,omitempty"`
}

// BackendStatus is one backend's state.
type BackendStatus struct {
	Name     string `json:"name"`
	Kind     string `json:"kind"`
	BaseURL  string `json:"base_url,omitempty"`
	Selected bool   `json:"selected"`
	Status   string `json:"status"` // up, down, starting or unknown
	InFlight int64  `json:"in_flight"`
	// Generation counts the containers of a docker backend.
	Generation int `json:"generation,omitempty"`
	// Error says why a docker backend is down.
	Error *Fault `json:"error,omitempty"`
}

// ExtensionStatus is one configured extension. Only Dir and Error are set
// when its folder never held a good manifest.
type ExtensionStatus struct {
	ID        string        `json:"id,omitempty"`
	Name      string        `json:"name,omitempty"`
	Publisher string        `json:"publisher,omitempty"`
	Version   string        `json:"version,omitempty"`
	Hash      string        `json:"hash,omitempty"`
	InstallID string        `json:"install_id,omitempty"`
	UIURL     string        `json:"ui_url,omitempty"`
	Dir       string        `json:"dir"`
	Handler   HandlerStatus `json:"handler,omitzero"`
	// Error says what is wrong with the folder now. The last good manifest,
	// if there was one, goes on serving.
	Error *Fault `json:"error,omitempty"`
}

// Fault is an error as others read it.
type Fault struct {
	Code    string `json:"code"`
	Message string `json:"message"`
	Fix     string `json:"fix,omitempty"`
}

// Snapshot gathers the state; prefix is where the site serves the runner.
func (e *Engine) Snapshot(prefix string) Snapshot {
	s := Snapshot{Backends: e.backendStatus(), Extensions: e.extensionStatus(prefix)}
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

func (e *Engine) backendStatus() []BackendStatus {
	e.mu.Lock()
	defer e.mu.Unlock()
	current := e.selector.Current()
	out := make([]BackendStatus, 0, len(e.backends))
	for name, b := range e.backends {
		status := BackendStatus{Name: name, Kind: string(b.Config().Kind), Selected: b == current, Status: b.Status(), InFlight: b.InFlight()}
		if b.Config().Kind == backend.Docker {
			status.Generation, status.Error = b.Config().Generation, e.live.fault
			if b.Config().BaseURL == nil && e.live.fault == nil && e.docker.Load() != nil {
				status.Status = "starting"
			}
		}
		if base := b.Config().BaseURL; base != nil && b.Config().Socket == "" {
			status.BaseURL = base.Redacted()
		}
		out = append(out, status)
	}
	slices.SortFunc(out, func(a, b BackendStatus) int { return strings.Compare(a.Name, b.Name) })
	return out
}

func (e *Engine) extensionStatus(prefix string) []ExtensionStatus {
	out := []ExtensionStatus{}
	for _, f := range e.look() {
		status := ExtensionStatus{Dir: f.folder.Dir()}
		if f.err != nil {
			status.Error = &Fault{Code: "manifest_invalid", Message: f.err.Error()}
		}
		if f.ext != nil {
			i := newInstallation(f.loaded, f.ext)
			status.ID, status.Name, status.Publisher, status.Version = i.ID, i.Name, i.Publisher, i.Version
			status.Hash, status.InstallID, status.UIURL = i.Hash, i.InstallID, i.UIURL(prefix)
			status.Handler = e.handlerStatus(f.loaded, f.ext)
		}
		out = append(out, status)
	}
	return out
}

package dashboard

import (
	"time"

	"github.com/same-origin/devproxy/caddymodule/runnerstatus"
)

// status is the engine's state, since when each backend is what it is, how the
// backends were, and what the extensions were.
type status struct {
	runnerstatus.Snapshot
	Since  map[string]time.Time            `json:"since"`
	Probes map[string][]runnerstatus.Probe `json:"probes,omitempty"`
	Builds []runnerstatus.Builds           `json:"builds,omitempty"`
}

// standing is what a backend is, and since when.
type standing struct {
	state string
	since time.Time
}

func (b *Board) status(v View) status {
	s := status{Snapshot: v.Snapshot(), Since: map[string]time.Time{}}
	if v.Probes != nil {
		s.Probes = v.Probes()
	}
	if v.Builds != nil {
		s.Builds = v.Builds()
		b.blank(s.Builds)
	}
	b.Stand(s.Backends)
	for i := range s.Tasks {
		s.Tasks[i].Detail = b.Hidden(s.Tasks[i].Detail)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, backend := range s.Backends {
		s.Since[backend.Name] = b.since[backend.Name].since
	}
	return s
}

// Stand notes since when each backend is what it is. Who changes a backend
// calls it: a page that opens later is to know.
func (b *Board) Stand(backends []runnerstatus.Backend) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, backend := range backends {
		now := backend.Status
		if backend.Error != nil {
			now += " " + backend.Error.Code
		}
		if b.since[backend.Name].state != now {
			b.since[backend.Name] = standing{now, time.Now()}
		}
	}
}

// blank hides secrets in what builds have said.
func (b *Board) blank(list []runnerstatus.Builds) {
	for _, one := range list {
		for i := range one.Builds {
			one.Builds[i].Problem = b.Hidden(one.Builds[i].Problem)
		}
	}
}

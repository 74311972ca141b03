package dashboard

import (
	"time"

	"github.com/same-origin/devproxy/caddymodule/runnerstatus"
)

// status is the engine's state, and since when each backend is what it is.
type status struct {
	runnerstatus.Snapshot
	Since map[string]time.Time `json:"since"`
}

// standing is what a backend was when somebody looked last.
type standing struct {
	state string
	since time.Time
}

func (b *Board) status(v View) status {
	s := status{Snapshot: v.Snapshot(), Since: map[string]time.Time{}}
	b.mu.Lock()
	defer b.mu.Unlock()
	for i := range s.Backends {
		backend := &s.Backends[i]
		now := backend.Status
		if backend.Error != nil {
			now += " " + backend.Error.Code
		}
		if b.since[backend.Name].state != now {
			b.since[backend.Name] = standing{now, time.Now()}
		}
		s.Since[backend.Name] = b.since[backend.Name].since
	}
	return s
}

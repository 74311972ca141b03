package monitor

import "time"

// kept is how many probes a monitor remembers.
const kept = 60

// Probe is the outcome of one probe.
type Probe struct {
	At         time.Time `json:"at"` // when it ended, UTC
	OK         bool      `json:"ok"`
	DurationMS float64   `json:"durationMs"`
	Code       string    `json:"code,omitempty"` // of the fault, when not OK
}

// history holds the last probes, the oldest first.
type history struct{ probes []Probe }

func (h *history) add(p Probe) {
	if len(h.probes) == kept {
		h.probes = append(h.probes[:0], h.probes[1:]...)
	}
	h.probes = append(h.probes, p)
}

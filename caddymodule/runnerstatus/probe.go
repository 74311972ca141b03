package runnerstatus

import "time"

// Probe is how one question to a backend, whether it is well, ended.
type Probe struct {
	At   time.Time `json:"at"` // when it ended
	OK   bool      `json:"ok"`
	MS   float64   `json:"ms"`
	Code string    `json:"code,omitempty"` // of the fault, when not OK
}

package monitor

import "time"

// Status says what is known of a backend.
type Status string

// The statuses. A backend is unknown until its first probe has ended; after
// that it is up or down.
const (
	Unknown Status = "unknown"
	Up      Status = "up"
	Down    Status = "down"
)

// Snapshot is what a monitor knows at one moment. Absent keys are omitted
// from its JSON. A backend that is down and has no NextRetryAt is no longer
// probed; see [Monitor.Retry].
type Snapshot struct {
	Status  Status `json:"status"`
	Backend string `json:"backend"`
	// BaseURL never holds a password.
	BaseURL  string `json:"baseUrl,omitempty"`
	Optional bool   `json:"optional"`
	// LastError says why the last probe failed; nil when it did not.
	LastError     *Fault    `json:"lastError,omitempty"`
	LastCheckedAt time.Time `json:"lastCheckedAt,omitzero"` // end of the last probe, UTC, in ms
	LastSuccessAt time.Time `json:"lastSuccessAt,omitzero"`
	LastFailureAt time.Time `json:"lastFailureAt,omitzero"`
	// LastDurationMS is how long the last probe took; nil before the first.
	LastDurationMS      *int64 `json:"lastDurationMs,omitempty"`
	ConsecutiveFailures int    `json:"consecutiveFailures"`
	// NextRetryAt is set while the backend is down and will be asked again.
	NextRetryAt time.Time `json:"nextRetryAt,omitzero"`
}

// Fault says why a probe failed.
type Fault struct {
	Code       string `json:"code"` // one of the Code constants
	Message    string `json:"message"`
	StatusCode int    `json:"statusCode,omitempty"` // of the runner's answer, if it gave one
}

// replay.go contains what comes of sending recorded calls again.

package runnerstatus

// Replays is the body of `POST /runner/replay`.
type Replays struct {
	Replays []Replay `json:"replays"`
}

// Replay is one recorded call and what came of it.
type Replay struct {
	Execute Execute `json:"execute"`
	// Skipped says why it was not sent.
	Skipped string  `json:"skipped,omitempty"`
	Runs    []Rerun `json:"runs"`
	// Against is what the runs are compared with: `record`, or the name of the
	// backend that was asked first.
	Against string `json:"against"`
	// Blanked names what of the request was recorded without its value, and so
	// was sent without it.
	Blanked []string `json:"blanked,omitempty"`
}

// Differs says whether any run differs, or could not be made.
func (r Replay) Differs() bool {
	for _, run := range r.Runs {
		if len(run.Differences) > 0 || run.Code != "" {
			return true
		}
	}
	return false
}

// Rerun is the call on one backend.
type Rerun struct {
	Backend     string       `json:"backend"`
	Build       string       `json:"build,omitempty"`
	MS          float64      `json:"ms"`
	Answer      Answer       `json:"answer"` // secrets are blanked
	Differences []Difference `json:"differences"`
	// Code and Message say why the backend could not be asked.
	Code    string `json:"code,omitempty"`
	Message string `json:"message,omitempty"`
}

// Difference is one place in which two answers differ.
type Difference struct {
	Path string `json:"path"` // `status`, `headers.etag`, `body.items[2].name`, `body` for text
	Want string `json:"want"` // as JSON; empty where there is nothing
	Got  string `json:"got"`
}

// Package trace is what a runner tells of one execution: its steps, the calls
// that the handler made of the platform, and the lines that it logged.
//
// The runner and its host functions write a [Journal]; the gateway asks for
// the [Trace] with [Header] and finds it in the envelope. The package calls
// nobody.
package trace

// Header of an execute asks the runner to put a [Trace] into its answer. A
// runner that does not know it leaves the trace out.
const Header = "X-Runner-Trace"

// Trace is what happened during one execution. Times are milliseconds since
// the runner had read the request. It holds names and outcomes, never a
// secret's value, a body or a header.
type Trace struct {
	MS    float64 `json:"ms"` // until the answer
	Steps []Step  `json:"steps,omitempty"`
	Calls []Call  `json:"calls,omitempty"`
	Lines []Line  `json:"lines,omitempty"`
	// Dropped counts calls and lines beyond what is kept.
	Dropped int `json:"dropped,omitempty"`
	// Repeated says that the answer, and with it the trace, is that of an
	// earlier request with the same idempotency key.
	Repeated bool `json:"repeated,omitempty"`
}

// Step is a part of the runner's own work: "find the bundle", "load the
// handler", "run the handler".
type Step struct {
	Name string  `json:"name"`
	At   float64 `json:"at_ms"`
	MS   float64 `json:"ms"`
}

// Call is one call that the handler made of the platform.
type Call struct {
	Function   string  `json:"function"`             // "storage#get"
	Capability string  `json:"capability,omitempty"` // what it needs; empty for a function that is unknown
	Target     string  `json:"target,omitempty"`     // what it is about: a host, a key's name
	Outcome    string  `json:"outcome"`              // "ok", "denied", or the error that the handler got
	Reason     string  `json:"reason,omitempty"`     // of a denial, and what to do about it
	Note       string  `json:"note,omitempty"`       // such as "200, 812 bytes"
	At         float64 `json:"at_ms"`
	MS         float64 `json:"ms"`
}

// Denied is the outcome of a call that the platform refused.
const Denied = "denied"

// Line is one line that the handler logged.
type Line struct {
	At    float64 `json:"at_ms"`
	Level string  `json:"level"` // info, warn or error
	Text  string  `json:"text"`
}

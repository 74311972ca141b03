// execute.go contains what is recorded of a call of a handler.

package runnerstatus

import (
	"time"

	"github.com/same-origin/devproxy/caddymodule/runner/trace"
)

// Execute is one call of a handler, as it was recorded. Secrets are blanked.
type Execute struct {
	ID         string    `json:"id"` // of the request
	Time       time.Time `json:"time"`
	MS         float64   `json:"ms"`
	Extension  string    `json:"extension"`
	Tenant     string    `json:"tenant"`
	Build      string    `json:"build,omitempty"`
	Backend    string    `json:"backend,omitempty"` // empty when none was asked
	Generation int       `json:"generation,omitempty"`
	Request    Request   `json:"request"`
	Answer     Answer    `json:"answer"`
	// Steps are the gateway's own; their times are since Time.
	Steps []trace.Step `json:"steps,omitempty"`
	// Trace is what the runner tells; nil where it tells nothing.
	Trace *trace.Trace `json:"trace,omitempty"`
	// Redacted names what was blanked, such as `request.body.password`.
	Redacted []string `json:"redacted,omitempty"`
}

// Request is what the handler was called with.
type Request struct {
	Method  string            `json:"method"`
	Path    string            `json:"path"` // escaped
	Query   map[string]string `json:"query,omitempty"`
	Headers map[string]string `json:"headers,omitempty"`
	Body    *Body             `json:"body,omitempty"` // nil for none
}

// Answer is what the handler, or the gateway for it, answered.
type Answer struct {
	Status  int               `json:"status"`
	Headers map[string]string `json:"headers,omitempty"`
	Body    *Body             `json:"body,omitempty"`
	// Error is the runner's, of a handler that did not answer.
	Error string `json:"error,omitempty"`
	// Code is the gateway's, where no runner answered.
	Code string `json:"code,omitempty"`
}

// Body is a body as far as it is kept.
type Body struct {
	Bytes int    `json:"bytes"` // of the whole
	Text  string `json:"text,omitempty"`
	// Left says why Text is not there, such as "binary".
	Left string `json:"left,omitempty"`
	// SHA256 of an answer that was left out, to compare it by.
	SHA256 string `json:"sha256,omitempty"`
}

// Tracing is the body of `GET /runner/trace`.
type Tracing struct {
	Execute Execute `json:"execute"`
	// Log are the records with the request's id, oldest first.
	Log []LogLine `json:"log"`
}

// LogLine is one record of the log.
type LogLine struct {
	Time    time.Time `json:"time"`
	Level   string    `json:"level"`
	Source  string    `json:"source"` // gateway, handler, …
	Message string    `json:"message"`
}

package runner

import (
	"strings"
	"time"

	"github.com/same-origin/devproxy/caddymodule/runner/guest"
	"github.com/same-origin/devproxy/caddymodule/runner/trace"
)

// envelope is the body of every answer to `/v1/execute` whose request could
// be parsed; the transport's status is 200.
type envelope struct {
	Status  uint16            `json:"status"`
	Headers map[string]string `json:"headers"`
	Body    []byte            `json:"body_b64"` // null when the guest gave none
	Error   *string           `json:"error"`
	Trace   *trace.Trace      `json:"trace,omitempty"` // for callers that ask with trace.Header
}

// outcome is what became of one execution.
type outcome struct {
	envelope  envelope
	completed bool           // the guest returned: a repeat may be answered with it
	guest     time.Duration  // how long the guest ran
	journal   *trace.Journal // of the call that it is the outcome of; may be nil
}

// completed gives the envelope of a guest that returned. Names are lower
// case, and of a header given twice the last line counts: the envelope holds
// one value per name.
func completed(resp guest.Response, took time.Duration) outcome {
	headers := make(map[string]string, len(resp.Headers))
	for _, h := range resp.Headers {
		headers[strings.ToLower(h.Name)] = h.Value
	}
	return outcome{
		envelope:  envelope{Status: resp.Status, Headers: headers, Body: resp.Body},
		completed: true,
		guest:     took,
	}
}

// failed gives the envelope of a run that did not come to its end.
func failed(status uint16, message string) outcome {
	return outcome{envelope: envelope{Status: status, Headers: map[string]string{}, Error: &message}}
}

// size is about what o takes in memory.
func (o outcome) size() int {
	n := 256 + len(o.envelope.Body)
	for name, value := range o.envelope.Headers {
		n += len(name) + len(value)
	}
	if told := o.journal.Trace(); told != nil {
		for _, line := range told.Lines {
			n += len(line.Text)
		}
		for _, call := range told.Calls {
			n += 200 + len(call.Target) + len(call.Reason) // the rest of one is short
		}
	}
	return n
}

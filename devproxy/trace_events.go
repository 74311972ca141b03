package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/same-origin/devproxy/caddymodule/runner/trace"
	"github.com/same-origin/devproxy/caddymodule/runnerstatus"
)

// traceEvent is one line of a trace.
type traceEvent struct {
	At     float64 `json:"at_ms"` // since the gateway had the request
	MS     float64 `json:"ms,omitempty"`
	Source string  `json:"source"` // browser, gateway, backend, runner, handler (a line) or host (a call)
	Text   string  `json:"text"`
}

// waiting is the step that is worth a line only when it took time.
const waiting = "wait for a backend"

// eventsOf puts what was seen in different places into one order.
func eventsOf(t runnerstatus.Tracing) []traceEvent {
	e := t.Execute
	events := []traceEvent{{Source: "browser", Text: requestText(e.Request)}}
	for _, step := range e.Steps {
		if step.Name == waiting && step.MS < 1 {
			continue // there was nothing to wait for
		}
		source := "gateway"
		text, asks := strings.CutPrefix(step.Name, "ask ")
		if asks {
			source, text = "backend", text+" executes"
		}
		events = append(events, traceEvent{step.At, step.MS, source, text})
	}
	if e.Trace != nil {
		events = append(events, runnerEvents(*e.Trace, receivedAt(e))...)
	} else {
		events = append(events, loggedEvents(t)...)
	}
	slices.SortStableFunc(events, func(a, b traceEvent) int { return cmp.Compare(a.At, b.At) })
	return append(events, traceEvent{At: e.MS, Source: "gateway", Text: answerText(e.Answer)})
}

func requestText(r runnerstatus.Request) string {
	text := r.Method + " " + r.Path
	if r.Body != nil {
		text += fmt.Sprintf(", %d bytes", r.Body.Bytes)
	}
	return text
}

func answerText(a runnerstatus.Answer) string {
	text := fmt.Sprintf("answers %d", a.Status)
	if a.Body != nil {
		text += fmt.Sprintf(", %d bytes", a.Body.Bytes)
	}
	if what := strings.TrimPrefix(strings.Join([]string{a.Code, a.Error}, ": "), ": "); what != "" {
		text += ": " + strings.TrimSuffix(what, ": ")
	}
	return text
}

// receivedAt is when the runner had the request, on the gateway's clock. The
// runner has one of its own, so the way there is taken to be as long as that
// back.
func receivedAt(e runnerstatus.Execute) float64 {
	for _, step := range slices.Backward(e.Steps) {
		if strings.HasPrefix(step.Name, "ask ") {
			return step.At + max(0, step.MS-e.Trace.MS)/2
		}
	}
	return 0
}

func runnerEvents(t trace.Trace, began float64) (out []traceEvent) {
	if t.Repeated {
		return []traceEvent{{began, 0, "runner", "answers with what an earlier request of the same idempotency key came to; nothing ran"}}
	}
	for _, s := range t.Steps {
		out = append(out, traceEvent{began + s.At, s.MS, "runner", s.Name})
	}
	for _, c := range t.Calls {
		text := strings.TrimSpace(c.Function+" "+c.Target) + " → " + c.Outcome
		for _, more := range []string{c.Note, c.Reason} {
			if more != "" {
				text += ": " + more
			}
		}
		out = append(out, traceEvent{began + c.At, c.MS, "host", text})
	}
	for _, l := range t.Lines {
		out = append(out, traceEvent{began + l.At, 0, "handler", l.Level + " " + l.Text})
	}
	return out
}

// loggedEvents are the handler's lines as far as the log has them, for a runner
// that tells no trace.
func loggedEvents(t runnerstatus.Tracing) (out []traceEvent) {
	for _, line := range t.Log {
		if line.Source == "handler" {
			at := float64(line.Time.Sub(t.Execute.Time).Microseconds()) / 1000
			out = append(out, traceEvent{at, 0, "handler", line.Level + " " + line.Message})
		}
	}
	return out
}

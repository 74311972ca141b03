// gateway_record.go contains how a call of a handler is recorded.

package caddymodule

import (
	"cmp"
	"net/http"
	"time"

	"github.com/same-origin/devproxy/caddymodule/internal/backend"
	"github.com/same-origin/devproxy/caddymodule/internal/engine"
	"github.com/same-origin/devproxy/caddymodule/internal/record"
	"github.com/same-origin/devproxy/caddymodule/runner/trace"
	"github.com/same-origin/devproxy/caddymodule/runnerstatus"
)

// taking is one call while it runs. It belongs to the request's goroutine; nil
// records nothing.
type taking struct {
	store *record.Store
	began time.Time
	runnerstatus.Execute
}

// take begins to record call, which came at began.
func take(e *engine.Engine, began time.Time, found engine.Installation, call backend.ExecuteRequest) *taking {
	store := e.Records()
	if store == nil {
		return nil
	}
	t := &taking{store: store, began: began}
	t.Execute = runnerstatus.Execute{
		ID: call.Context.RequestID, Time: began, Extension: found.ID, Tenant: found.Tenant, Build: found.Build,
		Request: runnerstatus.Request{Method: call.HTTP.Method, Path: call.HTTP.Path, Query: call.HTTP.Query, Headers: call.HTTP.Headers},
	}
	if len(call.HTTP.Body) > 0 {
		t.Request.Body = record.BodyOf(call.HTTP.Body)
	}
	t.stepped("read the request", began)
	return t
}

// stepped adds a step that began then and ends now.
func (t *taking) stepped(name string, began time.Time) {
	if t != nil {
		t.Steps = append(t.Steps, trace.Step{Name: name, At: inMilliseconds(began.Sub(t.began)), MS: inMilliseconds(time.Since(began))})
	}
}

// asked adds that a backend was asked, which took until now.
func (t *taking) asked(b *backend.Backend, began time.Time) {
	if t == nil {
		return
	}
	t.Backend, t.Generation = b.Name(), b.Config().Generation
	t.stepped("ask "+b.Name(), began)
}

// answered has what the runner answered.
func (t *taking) answered(envelope backend.ExecuteResponse) {
	if t != nil {
		t.Answer, t.Trace = answerOf(envelope), envelope.Trace
		t.end()
	}
}

// refused has what the gateway answered instead.
func (t *taking) refused(fault *problem) {
	if t != nil {
		t.Answer = runnerstatus.Answer{Status: fault.status, Code: fault.code, Error: fault.message}
		t.end()
	}
}

func (t *taking) end() {
	t.MS = inMilliseconds(time.Since(t.began))
	t.store.Add(t.Execute)
}

// answerOf is an envelope as it is recorded.
func answerOf(envelope backend.ExecuteResponse) runnerstatus.Answer {
	a := runnerstatus.Answer{Status: cmp.Or(envelope.Status, http.StatusOK), Headers: envelope.Headers, Error: envelope.Error}
	if len(envelope.Body) > 0 {
		a.Body = record.AnswerBodyOf(envelope.Body)
	}
	return a
}

func inMilliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

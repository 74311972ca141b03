// admin_replay.go contains how recorded calls are sent again.

package caddymodule

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/same-origin/devproxy/caddymodule/internal/backend"
	"github.com/same-origin/devproxy/caddymodule/internal/engine"
	"github.com/same-origin/devproxy/caddymodule/internal/record"
	"github.com/same-origin/devproxy/caddymodule/runnerstatus"
)

// againstRecord says that runs are compared with what was recorded.
const againstRecord = "record"

// replay sends calls again and says how the answers compare: with the record
// where one backend is asked, else with the first backend's.
func (a *Admin) replay(w http.ResponseWriter, r *http.Request) error {
	e, store := recording(w, r, http.MethodPost)
	if e == nil {
		return nil
	}
	list, err := chosenExecutes(store, r)
	if err == nil && len(list) == 0 {
		err = errNothing
	}
	if err != nil {
		return refuseRecord(w, err)
	}
	again, err := newReplaying(e, store.Redactor(), r.URL.Query()["backend"], r.URL.Query()["ignore"])
	if err != nil {
		return refuseCoded(w, http.StatusNotFound, "backend_unknown", err.Error())
	}
	release, err := e.Furnish(r.Context(), again.backends)
	if err != nil {
		return refuse(w, http.StatusConflict, err.Error())
	}
	defer release()
	out := runnerstatus.Replays{Replays: []runnerstatus.Replay{}}
	for _, execute := range list {
		out.Replays = append(out.Replays, again.replay(r.Context(), execute))
	}
	return writeJSON(w, http.StatusOK, out)
}

// replaying is one request to send calls again.
type replaying struct {
	engine   *engine.Engine
	redactor *record.Redactor
	backends []string
	ignore   []string
}

func newReplaying(e *engine.Engine, redactor *record.Redactor, backends, ignore []string) (*replaying, error) {
	known := e.Snapshot(defaultPrefix)
	if len(backends) == 0 {
		backends = []string{known.Selected}
	}
	for _, name := range backends {
		if !slices.ContainsFunc(known.Backends, func(b runnerstatus.Backend) bool { return b.Name == name }) {
			return nil, fmt.Errorf("there is no backend %q", name)
		}
	}
	return &replaying{e, redactor, backends, ignore}, nil
}

func (a *replaying) replay(ctx context.Context, execute runnerstatus.Execute) runnerstatus.Replay {
	out := runnerstatus.Replay{Execute: execute, Runs: []runnerstatus.Rerun{}, Against: againstRecord}
	for _, place := range execute.Redacted {
		if strings.HasPrefix(place, "request.") {
			out.Blanked = append(out.Blanked, place)
		}
	}
	if b := execute.Request.Body; b != nil && b.Left != "" {
		out.Skipped = "the request's body was not kept: it is " + b.Left
		return out
	}
	want := execute.Answer
	if len(a.backends) > 1 {
		out.Against = a.backends[0]
	}
	for i, name := range a.backends {
		run := a.run(ctx, name, execute)
		if i == 0 && len(a.backends) > 1 {
			want = run.Answer
		}
		if run.Code == "" && (i == 0 || out.Runs[0].Code == "") {
			run.Differences = record.Compare(want, run.Answer, a.ignore)
		}
		out.Runs = append(out.Runs, run)
	}
	return out
}

// run sends the call to one backend, as the extension is now.
func (a *replaying) run(ctx context.Context, name string, execute runnerstatus.Execute) runnerstatus.Rerun {
	run := runnerstatus.Rerun{Backend: name, Differences: []runnerstatus.Difference{}}
	found, ok := a.engine.Installed(execute.Extension)
	if !ok {
		run.Code, run.Message = codeNotInstalled, execute.Extension+" is not loaded"
		return run
	}
	settings := a.engine.Settings()
	ctx, cancel := context.WithTimeout(ctx, settings.CallTimeout(settings.Backends[name]))
	defer cancel()
	request := backend.ExecuteHTTP{Method: execute.Request.Method, Path: execute.Request.Path, Query: execute.Request.Query, Headers: execute.Request.Headers}
	if execute.Request.Body != nil {
		request.Body = []byte(execute.Request.Body.Text)
	}
	run.Build = found.Build
	began := time.Now()
	envelope, err := a.engine.Execute(ctx, name, executeRequest(settings, found, execute.ID, request))
	run.MS = inMilliseconds(time.Since(began))
	var idle *engine.NotReadyError
	switch {
	case errors.As(err, &idle):
		run.Code, run.Message = "backend_not_ready", idle.Error()
	case err != nil:
		fault := asProblem(err)
		run.Code, run.Message = fault.code, fault.message
	default:
		if message, trapped := strings.CutPrefix(envelope.Error, executeFailed); trapped {
			envelope.Error = executeFailed + a.engine.Mapped(found, message)
		}
		run.Answer = answerOf(envelope)
		a.redactor.Answer(&run.Answer)
	}
	return run
}

// admin_record.go contains the admin endpoints about recorded calls.

package caddymodule

import (
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/same-origin/devproxy/caddymodule/internal/dashboard"
	"github.com/same-origin/devproxy/caddymodule/internal/engine"
	"github.com/same-origin/devproxy/caddymodule/internal/record"
	"github.com/same-origin/devproxy/caddymodule/runnerstatus"
)

// Codes of what these endpoints refuse.
const (
	codeNotRecorded  = "recording_off"
	codeUnknownCall  = "execute_unknown"
	codeAmbiguousID  = "execute_ambiguous"
	codeNothingYet   = "nothing_recorded"
	codeNotInstalled = "not_installed"
)

// Executes is the body of `GET /runner/executes`, oldest first.
type Executes struct {
	Executes []runnerstatus.Execute `json:"executes"`
	// Dropped is how many came too fast to be kept.
	Dropped int `json:"dropped,omitempty"`
}

func (a *Admin) executes(w http.ResponseWriter, r *http.Request) error {
	e, store := recording(w, r, http.MethodGet)
	if e == nil {
		return nil
	}
	list, err := chosenExecutes(store, r)
	if err != nil {
		return refuseRecord(w, err)
	}
	return writeJSON(w, http.StatusOK, Executes{list, store.Dropped()})
}

func (a *Admin) trace(w http.ResponseWriter, r *http.Request) error {
	e, store := recording(w, r, http.MethodGet)
	if e == nil {
		return nil
	}
	list, err := chosenExecutes(store, r)
	if err != nil {
		return refuseRecord(w, err)
	}
	if len(list) == 0 {
		return refuseRecord(w, errNothing)
	}
	last := list[len(list)-1]
	return writeJSON(w, http.StatusOK, runnerstatus.Tracing{Execute: last, Log: logOf(e.Board(), store.Redactor(), last)})
}

// logLag is how late a record of the log may be.
const logLag = 100 * time.Millisecond

// logOf leaves out what was logged when the call was sent again, and for calls
// before it: a client may give several the same id.
func logOf(board *dashboard.Board, hide *record.Redactor, e runnerstatus.Execute) []runnerstatus.LogLine {
	out := []runnerstatus.LogLine{}
	ended := e.Time.Add(time.Duration(e.MS * float64(time.Millisecond))).Add(logLag)
	for _, line := range board.LinesOf(e.ID) {
		if !line.Time.Before(e.Time) && line.Time.Before(ended) {
			out = append(out, runnerstatus.LogLine{Time: line.Time, Level: line.Level, Source: line.Source, Message: hide.Text(line.Message)})
		}
	}
	return out
}

func (a *Admin) capabilities(w http.ResponseWriter, r *http.Request) error {
	e, _ := recording(w, r, http.MethodGet)
	if e == nil {
		return nil
	}
	return writeJSON(w, http.StatusOK, runnerstatus.Uses{Extensions: e.Uses()})
}

var errNothing = errors.New("no call of a handler is recorded yet; call one through /api/ext/")

// chosenExecutes are the calls that r asks for: by `id`, repeatable, or the `last` so
// many, or all.
func chosenExecutes(store *record.Store, r *http.Request) ([]runnerstatus.Execute, error) {
	query := r.URL.Query()
	if ids := query["id"]; len(ids) > 0 {
		var list []runnerstatus.Execute
		for _, id := range ids {
			one, err := store.Find(id)
			if err != nil {
				return nil, err
			}
			list = append(list, one)
		}
		return list, nil
	}
	list := store.List()
	if list == nil {
		list = []runnerstatus.Execute{}
	}
	if text := query.Get("last"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 {
			return nil, errors.New("last is " + strconv.Quote(text) + "; write how many calls, 1 or more")
		}
		list = list[max(0, len(list)-n):]
	}
	return list, nil
}

// recording is the engine that lives and its record; else r is answered.
func recording(w http.ResponseWriter, r *http.Request, method string) (*engine.Engine, *record.Store) {
	e := running(w, r, method)
	if e == nil {
		return nil, nil
	}
	store := e.Records()
	if store == nil {
		_ = refuseCoded(w, http.StatusConflict, codeNotRecorded, "calls of handlers are not recorded: the config says 'record off'")
		return nil, nil
	}
	return e, store
}

func refuseRecord(w http.ResponseWriter, err error) error {
	switch {
	case errors.Is(err, record.ErrUnknown):
		return refuseCoded(w, http.StatusNotFound, codeUnknownCall, err.Error())
	case errors.Is(err, record.ErrAmbiguous):
		return refuseCoded(w, http.StatusConflict, codeAmbiguousID, err.Error())
	case errors.Is(err, errNothing):
		return refuseCoded(w, http.StatusNotFound, codeNothingYet, err.Error())
	}
	return refuse(w, http.StatusBadRequest, err.Error())
}

func refuseCoded(w http.ResponseWriter, status int, code, message string) error {
	return writeJSON(w, status, map[string]string{"error": message, "code": code})
}

// respond.go contains the one shape in which every handler reports an error.

package caddymodule

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"github.com/google/uuid"

	"github.com/same-origin/devproxy/caddymodule/internal/backend"
	"github.com/same-origin/devproxy/caddymodule/internal/dashboard"
)

// problem is an error as a client reads it: `{"error":{"code","message"}}`
// plus the request's id.
type problem struct {
	status  int
	code    string
	message string
}

func (p problem) Error() string { return p.code + ": " + p.message }

func (p problem) write(w http.ResponseWriter, r *http.Request) error {
	dashboard.RecordingOf(r.Context()).Refused(p.code)
	header := w.Header()
	header.Set("Cache-Control", "no-store")
	if p.status == http.StatusMethodNotAllowed && header.Get("Allow") == "" {
		header.Set("Allow", "GET, HEAD")
	}
	if p.status == http.StatusServiceUnavailable || p.passes() {
		header.Set("Retry-After", "1")
	}
	id := requestID(r)
	header.Set("X-Request-Id", id)
	if p.passes() && isNavigation(r) {
		return p.writePage(w)
	}
	body := map[string]any{"error": map[string]string{"code": p.code, "message": p.message}}
	if p.code != codeDockerNotReady {
		body["request_id"] = id
	}
	return writeJSON(w, p.status, body)
}

func writeJSON(w http.ResponseWriter, status int, body any) error {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	return json.NewEncoder(w).Encode(body)
}

// requestID keeps the client's id, or mints one that stays with r.
func requestID(r *http.Request) string {
	id := r.Header.Get("X-Request-Id")
	if !isToken(id) {
		id = uuid.NewString()
		r.Header.Set("X-Request-Id", id)
	}
	return id
}

// isToken says whether s is harmless in a header and in a log.
func isToken(s string) bool {
	return s != "" && len(s) <= 128 && strings.IndexFunc(s, func(c rune) bool { return c <= ' ' || c > '~' }) < 0
}

// backendProblem says what went wrong on the way to a runner. It never holds
// anything that the runner sent.
func backendProblem(err error) problem {
	var unset *backend.NotConfiguredError
	var failed *backend.RequestError
	switch {
	case errors.As(err, &unset):
		return problem{http.StatusInternalServerError, "runner_not_configured", unset.Error()}
	case errors.As(err, &failed) && failed.Timeout():
		return problem{http.StatusGatewayTimeout, "runner_timeout", "the runner (backend " + failed.Backend + ") did not answer in time"}
	case errors.As(err, &failed) && failed.Status != 0:
		return problem{http.StatusBadGateway, "runner_error", failed.Error()}
	case errors.As(err, &failed):
		return problem{http.StatusBadGateway, "runner_unreachable", "the runner (backend " + failed.Backend + ") cannot be reached; see 'devproxy status'"}
	}
	return problem{http.StatusBadGateway, "runner_proxy_error", "the request could not be passed on to the runner"}
}

// asProblem is nil for no error, and else the problem that err is or comes to.
func asProblem(err error) *problem {
	if err == nil {
		return nil
	}
	if fault, ok := errors.AsType[*problem](err); ok {
		return fault
	}
	other := backendProblem(err)
	return &other
}

package dockerrunner

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/same-origin/devproxy/compose/docker"
)

// failure is an error as clients read it.
type failure struct {
	Status    int    `json:"-"`
	Code      string `json:"code"`
	Message   string `json:"message"`
	Retryable bool   `json:"retryable"`
}

func (f *failure) Error() string { return f.Message }

// denied is a 401, which trying again does not change.
func denied(code, message string) *failure {
	return &failure{Status: http.StatusUnauthorized, Code: code, Message: message}
}

func invalid(format string, args ...any) *failure {
	return &failure{Status: http.StatusBadRequest, Code: codeValidation, Message: fmt.Sprintf(format, args...)}
}

// fallback is what an endpoint answers to an error that has no status of the
// engine's.
type fallback struct {
	status  int
	code    string
	missing string // the code of the engine's 404
	retry   bool   // forced, whatever the status
}

// failure gives an error its status and code: the engine's where it has one.
func (f fallback) failure(err error) *failure {
	var known *failure
	var engine *docker.StatusError
	var unavailable *docker.UnavailableError
	switch {
	case errors.As(err, &known):
		return known
	case errors.As(err, &engine):
		status := engine.Status
		return &failure{status, f.reason(status), engine.Message, f.retry || status >= http.StatusInternalServerError}
	case errors.As(err, &unavailable), docker.IsLost(err):
		// Whatever the status of the contract says: nobody looked.
		return &failure{f.status, f.code, docker.Words(err), true}
	}
	return &failure{f.status, f.code, err.Error(), f.retry || f.status >= http.StatusInternalServerError}
}

func (f fallback) reason(status int) string {
	switch status {
	case http.StatusBadRequest:
		return codeBadParameter
	case http.StatusForbidden:
		return codeForbidden
	case http.StatusNotFound:
		return f.missing
	case http.StatusConflict:
		return codeConflict
	case http.StatusInternalServerError:
		return codeServerError
	}
	return f.code
}

// hasStatus says whether the engine answered with one of these.
func hasStatus(err error, statuses ...int) bool {
	var engine *docker.StatusError
	if !errors.As(err, &engine) {
		return false
	}
	for _, status := range statuses {
		if engine.Status == status {
			return true
		}
	}
	return false
}

// note logs the one record of an error.
func (c *call) note(f *failure) {
	c.log.Error("docker-runner request failed", "requestId", c.id, "method", c.request.Method, "route", c.request.URL.Path,
		"status", f.Status, "errorCode", f.Code, "message", f.Message, "containerId", c.container)
}

// fail answers with an error.
func (c *call) fail(f *failure) {
	c.note(f)
	if f.Status == http.StatusServiceUnavailable {
		c.writer.Header().Set("Retry-After", "1")
	}
	c.reply(f.Status, map[string]*failure{"error": f})
}

// reply answers with JSON; a client that has left reads nothing.
func (c *call) reply(status int, body any) {
	header := c.writer.Header()
	header.Set("Content-Type", "application/json; charset=utf-8")
	header.Set("Cache-Control", "no-store")
	header.Set("X-Content-Type-Options", "nosniff")
	c.writer.WriteHeader(status)
	_ = json.NewEncoder(c.writer).Encode(body)
}

// done answers 204.
func (c *call) done() error {
	c.writer.Header().Set("Cache-Control", "no-store")
	c.writer.WriteHeader(http.StatusNoContent)
	return nil
}

// Interface guards
var _ error = (*failure)(nil)

package backend

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
)

// NotConfiguredError says that a backend has no base URL, or, as Err has it,
// that what it has cannot be used.
type NotConfiguredError struct {
	Backend string
	Err     error
}

func (e *NotConfiguredError) Unwrap() error { return e.Err }

func (e *NotConfiguredError) Error() string {
	if e.Err != nil {
		return fmt.Sprintf("backend %s cannot be used: %v", e.Backend, e.Err)
	}
	return fmt.Sprintf("backend %s has no base URL; give it one, as in 'backend %s http://127.0.0.1:8080'", e.Backend, e.Backend)
}

// RequestError says that a backend gave no usable answer. It never holds
// anything that the runner sent.
type RequestError struct {
	Backend  string
	Status   int  // the transport's status, when there was an answer
	Sent     bool // some of the request may have reached the runner
	BodyRead bool // some of the request's body is gone
	Err      error
}

func (e *RequestError) Error() string {
	if e.Err != nil {
		return fmt.Sprintf("backend %s: %v", e.Backend, e.Err)
	}
	return fmt.Sprintf("backend %s answered %d", e.Backend, e.Status)
}

func (e *RequestError) Unwrap() error { return e.Err }

// Timeout says whether the backend took too long, rather than refused.
func (e *RequestError) Timeout() bool {
	if errors.Is(e.Err, context.DeadlineExceeded) {
		return true
	}
	var timeout net.Error
	return errors.As(e.Err, &timeout) && timeout.Timeout()
}

// Retryable says whether r, which failed with err, may be sent again: nothing
// of it reached a runner, or it is safe and has no body.
func Retryable(r *http.Request, err error) bool {
	var failed *RequestError
	if !errors.As(err, &failed) || r.Context().Err() != nil || failed.BodyRead || failed.Timeout() {
		return false
	}
	return !failed.Sent || (isSafe(r.Method) && r.ContentLength == 0)
}

func isSafe(method string) bool { return method == http.MethodGet || method == http.MethodHead }

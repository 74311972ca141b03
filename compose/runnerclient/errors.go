package runnerclient

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"
)

// The codes of errors that no answer came with.
const (
	CodeRequestTimeout    = "runner_request_timeout"
	CodeConnectionRefused = "runner_connection_refused"
	CodeConnectionReset   = "runner_connection_reset"
	CodeConnectionTimeout = "runner_connection_timeout"
	CodeHostUnreachable   = "runner_host_unreachable"
	CodeNetworkError      = "runner_network_error"
	CodeWSError           = "runner_ws_error"       // an upgrade that was refused without a reason
	CodeUnexpected        = "runner_error_response" // an answer that is none of the API
	CodeStream            = "runner_stream_error"   // a stream ended with an error
)

// RequestError is a request that did not succeed.
type RequestError struct {
	Status    int // 0: no answer came
	Code      string
	Retryable bool // the same request may succeed later
	Message   string
}

func (e *RequestError) Error() string {
	if e.Status == 0 {
		return fmt.Sprintf("asking the docker-runner: %s (%s)", e.Message, e.Code)
	}
	return fmt.Sprintf("asking the docker-runner: %s (%s, status %d)", e.Message, e.Code, e.Status)
}

// HasStatus says whether an error is a refusal with one of these.
func HasStatus(err error, statuses ...int) bool {
	var refused *RequestError
	if !errors.As(err, &refused) {
		return false
	}
	for _, status := range statuses {
		if refused.Status == status {
			return true
		}
	}
	return false
}

// maxError bounds what is read of an answer that is an error.
const maxError = 64 << 10

// refused reads an answer other than the expected one.
func refused(response *http.Response, fallback string) *RequestError {
	var body struct {
		Error struct {
			Code      string
			Message   string
			Retryable *bool
		}
	}
	text, _ := io.ReadAll(io.LimitReader(response.Body, maxError))
	e := &RequestError{Status: response.StatusCode, Code: fallback, Message: "it answered " + response.Status}
	switch e.Status {
	case http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		e.Retryable = true
	}
	if json.Unmarshal(text, &body) != nil || body.Error.Code == "" {
		return e
	}
	e.Code, e.Message = body.Error.Code, body.Error.Message
	if body.Error.Retryable != nil {
		e.Retryable = *body.Error.Retryable
	}
	return e
}

// unreached gives an error of the network its code. The end of the caller's own
// context stays what it is.
func unreached(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return fmt.Errorf("asking the docker-runner: %w", ctx.Err())
	}
	e := &RequestError{Code: CodeNetworkError, Retryable: true, Message: err.Error()}
	var dns *net.DNSError
	var network net.Error
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		e.Code = CodeRequestTimeout
	case errors.Is(err, syscall.ECONNREFUSED):
		e.Code = CodeConnectionRefused
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF),
		strings.HasSuffix(err.Error(), closedIdle):
		e.Code = CodeConnectionReset
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH), errors.As(err, &dns):
		e.Code = CodeHostUnreachable
	case errors.As(err, &network) && network.Timeout():
		e.Code = CodeConnectionTimeout
	}
	return e
}

// closedIdle is what net/http says, and has no name for, when the server closed a
// connection before it was asked, be it a new one.
const closedIdle = "http: server closed idle connection"

// Interface guards
var _ error = (*RequestError)(nil)

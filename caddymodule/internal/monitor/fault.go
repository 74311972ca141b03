package monitor

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"

	"github.com/same-origin/devproxy/caddymodule/internal/backend"
)

// The codes of a [Fault].
const (
	CodeUnauthorized = "unauthorized"       // answered 401 or 403
	CodeBadStatus    = "bad_status"         // answered something else than 200
	CodeRefused      = "connection_refused" // nobody listens there
	CodeReset        = "connection_reset"   // the connection broke before the answer
	CodeTimeout      = "timeout"            // no answer in time
	CodeNoHost       = "host_not_found"     // the name has no address
	CodeUnreachable  = "host_unreachable"   // there is no way to the address
	CodeTLS          = "tls_failed"         // the certificate, or the protocol, is wrong
	CodeNoBaseURL    = "not_configured"     // the backend has no base URL
	CodeNetwork      = "network_error"      // anything else
)

// FaultError is a probe's error that says itself what is wrong.
type FaultError struct{ Fault Fault }

func (e *FaultError) Error() string { return e.Fault.Message }

// FaultOf says what err, which a probe of the runner at baseURL returned,
// means and what to do about it.
func FaultOf(err error, baseURL string) Fault {
	var told *FaultError
	if errors.As(err, &told) {
		return told.Fault
	}
	var missing *backend.NotConfiguredError
	if errors.As(err, &missing) {
		return Fault{Code: CodeNoBaseURL, Message: missing.Error()}
	}
	var answer *backend.RequestError
	if errors.As(err, &answer) && answer.Err == nil && answer.Status != 0 {
		return statusFault(answer.Status, baseURL)
	}
	for _, kind := range kinds {
		if kind.is(err) {
			return Fault{Code: kind.code, Message: fmt.Sprintf(kind.format, baseURL) + "; " + kind.fix}
		}
	}
	return Fault{Code: CodeNetwork, Message: fmt.Sprintf("asking %s: %v", baseURL, err)}
}

// isLasting says that a fault does not go away by itself: a name, a certificate
// or a configuration is wrong, or who looks after the backend says what is.
func isLasting(err error, f Fault) bool {
	var told *FaultError
	return errors.As(err, &told) || f.Code == CodeNoHost || f.Code == CodeTLS || f.Code == CodeNoBaseURL
}

func statusFault(status int, baseURL string) Fault {
	if status == http.StatusUnauthorized || status == http.StatusForbidden {
		return Fault{Code: CodeUnauthorized, StatusCode: status, Message: fmt.Sprintf(
			"the runner at %s answered %d; give both sides the same RUNNER_SERVICE_TOKEN", baseURL, status)}
	}
	return Fault{Code: CodeBadStatus, StatusCode: status, Message: fmt.Sprintf(
		"the runner at %s answered its health check with %d, not 200; look at the runner's log", baseURL, status)}
}

// kinds are tried in order: a dial that ran out of time is a timeout, not a
// dial, and a name that was not found in time is a name that was not found.
var kinds = []struct {
	code        string
	is          func(error) bool
	format, fix string
}{
	{CodeNoHost, isNoHost, "the host of %s has no address", "correct the base URL, or start what provides the name"},
	{CodeTLS, isTLS, "%s has no certificate that can be trusted", "give the backend its CA, or correct http or https in the base URL"},
	{CodeRefused, isErrno(syscall.ECONNREFUSED), "nobody listens at %s", "start the runner, or correct the base URL"},
	{CodeUnreachable, isErrno(syscall.EHOSTUNREACH, syscall.ENETUNREACH), "there is no way to %s", "connect to its network, or correct the base URL"},
	{CodeTimeout, isTimeout, "%s did not answer in time", "look whether the runner hangs, or give its probe more time"},
	{CodeReset, isReset, "%s closed the connection before it answered", "look at the runner's log, or correct http or https in the base URL"},
}

func isNoHost(err error) bool {
	var dns *net.DNSError
	return errors.As(err, &dns) && (dns.IsNotFound || !dns.IsTimeout)
}

func isTLS(err error) bool {
	var (
		record      tls.RecordHeaderError
		alert       tls.AlertError
		certificate *tls.CertificateVerificationError
		authority   x509.UnknownAuthorityError
	)
	return errors.As(err, &record) || errors.As(err, &alert) || errors.As(err, &certificate) || errors.As(err, &authority)
}

func isReset(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || isErrno(syscall.ECONNRESET, syscall.EPIPE)(err) ||
		strings.HasSuffix(err.Error(), closedIdle)
}

// closedIdle is what net/http says, and has no name for, when the server closed a
// connection before it was asked, be it a new one.
const closedIdle = "http: server closed idle connection"

func isErrno(numbers ...syscall.Errno) func(error) bool {
	return func(err error) bool {
		for _, n := range numbers {
			if errors.Is(err, n) {
				return true
			}
		}
		return false
	}
}

func isTimeout(err error) bool {
	if errors.Is(err, context.DeadlineExceeded) {
		return true
	}
	var timeout net.Error
	return errors.As(err, &timeout) && timeout.Timeout()
}

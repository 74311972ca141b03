package monitor

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/caddymodule/internal/backend"
)

func TestFault_of_real_runners(t *testing.T) {
	secure := httptest.NewUnstartedServer(http.HandlerFunc(ok))
	secure.Config.ErrorLog = discard()
	secure.StartTLS()
	t.Cleanup(secure.Close)
	for name, c := range map[string]struct {
		address, code string
		status        int
	}{
		"nobody listens":             {"http://" + refusing(t), CodeRefused, 0},
		"no such host":               {"http://runner.invalid", CodeNoHost, 0},
		"an unknown certificate":     {secure.URL, CodeTLS, 0},
		"http where https is spoken": {"http" + secure.URL[len("https"):], CodeBadStatus, 400},
		"https where http is spoken": {"https" + runner(t, ok).URL[len("http"):], CodeTLS, 0},
		"a wrong token":              {answering(t, 401), CodeUnauthorized, 401},
		"a forbidden one":            {answering(t, 403), CodeUnauthorized, 403},
		"a runner that is unwell":    {answering(t, 503), CodeBadStatus, 503},
		"a runner that hangs up":     {hangingUp(t), CodeReset, 0},
	} {
		t.Run(name, func(t *testing.T) {
			base, probe := probeOf(t, c.address)
			err := probe(t.Context())
			require.Error(t, err)
			f := FaultOf(err, base)
			assert.Equal(t, c.code, f.Code, "%v", err)
			assert.Equal(t, c.status, f.StatusCode)
			assert.Contains(t, f.Message, base)
		})
	}
}

func TestFault_of_a_runner_that_hangs(t *testing.T) {
	s := runner(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	base, probe := probeOf(t, s.URL)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	assert.Equal(t, CodeTimeout, FaultOf(probe(ctx), base).Code)
}

func TestFault_of_a_backend_without_an_address(t *testing.T) {
	err := backend.New(backend.Config{Name: "dev"}).Probe(t.Context())
	f := FaultOf(err, "")
	assert.Equal(t, CodeNoBaseURL, f.Code)
	assert.Contains(t, f.Message, "base URL")
}

func TestFault_of_errors_that_no_server_here_can_cause(t *testing.T) {
	dial := func(err error) error {
		return &backend.RequestError{Backend: "dev", Err: &net.OpError{Op: "dial", Err: os.NewSyscallError("connect", err)}}
	}
	for code, err := range map[string]error{
		CodeReset:       &backend.RequestError{Backend: "dev", Err: io.EOF},
		CodeUnreachable: dial(syscall.EHOSTUNREACH),
		CodeTLS:         &url.Error{Op: "Get", URL: "https://runner", Err: tls.AlertError(40)},
		CodeNetwork:     fmt.Errorf("reading: %w", errors.New("odd")),
	} {
		assert.Equal(t, code, FaultOf(err, "https://runner").Code)
	}
	assert.Equal(t, CodeReset, FaultOf(&url.Error{Op: "Get", URL: "http://runner", Err: errors.New(closedIdle)}, "http://runner").Code)
}

func answering(t *testing.T, status int) string {
	return runner(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }).URL
}

// hangingUp resets each connection once a request has come.
func hangingUp(t *testing.T) string {
	return runner(t, func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := w.(http.Hijacker).Hijack()
		if assert.NoError(t, err) {
			_ = conn.(*net.TCPConn).SetLinger(0)
			_ = conn.Close()
		}
	}).URL
}

func discard() *log.Logger { return log.New(io.Discard, "", 0) }

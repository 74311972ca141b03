package backend

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/same-origin/devproxy/caddymodule/internal/knative"
	"github.com/same-origin/devproxy/caddymodule/runner/trace"
)

// maxEnvelope bounds what a runner may answer to one execute.
const maxEnvelope = 64 << 20

var errEnvelope = errors.New("the answer is not an execute envelope")

// Execute runs a handler on the backend. idempotencyKey may be empty. The
// error is a *RequestError or a *NotConfiguredError.
func (b *Backend) Execute(ctx context.Context, in ExecuteRequest, idempotencyKey string) (ExecuteResponse, error) {
	var out ExecuteResponse
	body, err := json.Marshal(in)
	if err != nil {
		return out, fmt.Errorf("encoding the execute request: %w", err)
	}
	req, err := b.newRequest(ctx, http.MethodPost, "v1/execute", body)
	if err != nil {
		return out, err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("X-Alga-Tenant", in.Context.TenantID)
	req.Header.Set("X-Alga-Extension", in.Context.ExtensionID)
	setIfAny(req.Header, "X-Request-Id", in.Context.RequestID)
	setIfAny(req.Header, "X-Idempotency-Key", idempotencyKey)
	if in.Trace {
		req.Header.Set(trace.Header, "1")
	}
	err = b.roundTrip(b.requests, req, func(header http.Header, r io.Reader) error {
		answer := ExecuteResponse{Status: http.StatusOK} // of an envelope that names none
		if json.NewDecoder(r).Decode(&answer) != nil {
			return errEnvelope // never the decoder's text: it quotes the body
		}
		answer.Waits = knative.Waits(header)
		out = answer
		return nil
	})
	return out, err
}

func (b *Backend) newRequest(ctx context.Context, method, path string, body []byte) (*http.Request, error) {
	if err := b.usable(); err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, method, "/"+path, bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("asking backend %s: %w", b.Name(), err)
	}
	b.aim(req)
	setIfAny(req.Header, "X-Runner-Service-Token", b.cfg.ServiceToken)
	return req, nil
}

func (b *Backend) roundTrip(over http.RoundTripper, req *http.Request, read func(http.Header, io.Reader) error) error {
	res, err := over.RoundTrip(req)
	if err != nil {
		return &RequestError{Backend: b.Name(), Sent: !isDial(err), Err: err}
	}
	defer res.Body.Close()
	b.heard(res.StatusCode)
	if res.StatusCode != http.StatusOK {
		return &RequestError{Backend: b.Name(), Sent: true, Status: res.StatusCode}
	}
	if err := read(res.Header, io.LimitReader(res.Body, maxEnvelope)); err != nil {
		if ctxErr := req.Context().Err(); ctxErr != nil {
			err = ctxErr
		}
		return &RequestError{Backend: b.Name(), Sent: true, Status: res.StatusCode, Err: err}
	}
	return nil
}

func setIfAny(header http.Header, name, value string) {
	if value != "" {
		header.Set(name, value)
	}
}

package docker

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/docker/docker/client"
)

// maxMessage bounds what is read of an engine's refusal.
const maxMessage = 64 << 10

// Raw asks the engine in its own terms and gives its answers as they stand, for
// those who pass both on. Safe for concurrent use.
type Raw struct {
	http *http.Client
	dial func(context.Context) (net.Conn, error)
	base string
}

// Raw opens a way to the engine for raw requests, with connections of its own.
func (e *Engine) Raw() *Raw {
	dial := e.cli.Dialer()
	transport := &http.Transport{
		// The client's dialer speaks TLS already where the engine does.
		DialContext:     func(ctx context.Context, _, _ string) (net.Conn, error) { return dial(ctx) },
		IdleConnTimeout: 90 * time.Second, MaxIdleConnsPerHost: 16, DisableCompression: true,
	}
	base := "http://engine"
	if host, err := client.ParseHostURL(e.cli.DaemonHost()); err == nil && host.Scheme == "tcp" {
		base += strings.TrimRight(host.Path, "/")
	}
	return &Raw{
		dial: dial,
		http: &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }},
		base: base + "/v" + e.APIVersion(),
	}
}

// Dial opens a connection to the engine for whoever speaks its protocol himself.
func (r *Raw) Dial(ctx context.Context) (net.Conn, error) {
	conn, err := r.dial(ctx)
	if err != nil {
		return nil, fmt.Errorf("connecting to the engine: %w", err)
	}
	return conn, nil
}

// Close drops idle connections.
func (r *Raw) Close() { r.http.CloseIdleConnections() }

// Request is one request to the engine.
type Request struct {
	Method string
	Path   string // below the API's version and escaped, e.g. "/containers/web/json"
	Query  url.Values
	Body   io.Reader // nil: none
	Type   string    // of the body. Default: application/json
	Header http.Header
}

// StatusError is an answer of the engine other than success; 304 is one too.
type StatusError struct {
	Status  int
	Message string // the engine's own words
}

func (e *StatusError) Error() string { return e.Message }

// Ask sends a request. An answer other than success is a *StatusError; the caller
// closes the body of any other.
func (r *Raw) Ask(ctx context.Context, q Request) (*http.Response, error) {
	request, err := http.NewRequestWithContext(ctx, q.Method, r.base+q.Path+"?"+q.Query.Encode(), q.Body)
	if err != nil {
		return nil, fmt.Errorf("asking the engine for %s: %w", q.Path, err)
	}
	for name, values := range q.Header {
		request.Header[name] = values
	}
	if q.Body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	if q.Type != "" {
		request.Header.Set("Content-Type", q.Type)
	}
	response, err := r.http.Do(request)
	if err != nil {
		return nil, fmt.Errorf("asking the engine: %w", err)
	}
	if response.StatusCode >= http.StatusMultipleChoices {
		defer response.Body.Close()
		return nil, refused(response)
	}
	return response, nil
}

// Decode asks and reads the JSON of the answer into the value; nil drops it.
func (r *Raw) Decode(ctx context.Context, q Request, into any) error {
	response, err := r.Ask(ctx, q)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if into == nil {
		_, err = io.Copy(io.Discard, response.Body)
	} else {
		err = json.NewDecoder(response.Body).Decode(into)
	}
	if err != nil {
		return fmt.Errorf("reading the engine's answer: %w", err)
	}
	return nil
}

func refused(response *http.Response) *StatusError {
	text, _ := io.ReadAll(io.LimitReader(response.Body, maxMessage))
	var body struct{ Message string }
	if json.Unmarshal(text, &body) != nil || body.Message == "" {
		body.Message = strings.TrimSpace(string(text))
	}
	if body.Message == "" {
		body.Message = strings.ToLower(http.StatusText(response.StatusCode))
	}
	return &StatusError{Status: response.StatusCode, Message: body.Message}
}

// Interface guards
var _ error = (*StatusError)(nil)

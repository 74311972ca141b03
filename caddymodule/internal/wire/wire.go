// Package wire asks a runner over HTTP/1.1 on the goroutine of whoever asks.
//
// The standard library's transport has two more goroutines for each
// connection, and hands every request to one and every answer over from the
// other, which is half of what a small proxied request costs. Package backend
// puts a [Transport] in front of it for the requests that need none of that.
//
// A request's body, which is small, is sent before its answer is read: an answer
// that comes earlier is seen after the body.
package wire

import (
	"cmp"
	"context"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"
)

// Config is what a Transport is made of.
type Config struct {
	// Host is the host, or host and port, that the runner's URLs have.
	Host string
	// Dial connects to it.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// HeaderTimeout bounds the wait for an answer's header; 0 for no bound.
	HeaderTimeout time.Duration
	// IdleTimeout is how long an idle connection is kept; 0 for ever.
	IdleTimeout time.Duration
	// MaxIdle is how many of them are kept.
	MaxIdle int
	// Other sends what is not for a Transport.
	Other http.RoundTripper
}

// Transport is an http.RoundTripper for one host. It retries only a request that
// may be sent twice, and only when nothing came on a connection that was idle
// before: the server may have given it up.
type Transport struct {
	cfg     Config
	address string
	idle    idle
}

// New makes a Transport without connections.
func New(cfg Config) *Transport {
	at := url.URL{Host: cfg.Host}
	t := &Transport{cfg: cfg, address: net.JoinHostPort(at.Hostname(), cmp.Or(at.Port(), "80"))}
	t.idle.most, t.idle.timeout = cfg.MaxIdle, cfg.IdleTimeout
	return t
}

// RoundTrip implements http.RoundTripper.
func (t *Transport) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.URL.Host != t.cfg.Host || !suits(req) {
		return t.cfg.Other.RoundTrip(req)
	}
	for {
		l, err := t.line(req)
		if err != nil {
			return nil, err
		}
		res, again, err := l.exchange(req)
		if err == nil {
			return res, nil
		}
		if !again || !replayable(req) || req.Context().Err() != nil {
			return nil, err
		}
		if req, err = rewound(req); err != nil {
			return nil, err
		}
	}
}

// line gives an idle connection or a new one.
func (t *Transport) line(req *http.Request) (*line, error) {
	for l := t.idle.take(); l != nil; l = t.idle.take() {
		// what came meanwhile is the end, or no answer to this request
		if l.quiet() {
			return l, nil
		}
		l.conn.Close()
	}
	age := t.idle.now() // before the dial: what is closed meanwhile counts
	conn, err := t.cfg.Dial(req.Context(), "tcp", t.address)
	if err != nil {
		if req.Body != nil {
			req.Body.Close()
		}
		return nil, err
	}
	return newLine(conn, t, age), nil
}

// CloseIdleConnections closes the connections that nobody uses, and those in
// use as soon as they are idle.
func (t *Transport) CloseIdleConnections() { t.idle.clear() }

// largest is the largest body that is sent before the answer is read. The
// system's buffers take it, or most of it after a header, whatever the server does
// meanwhile: the smallest, of a unix socket on macOS, have 8 KiB.
const largest = 8 << 10

// suits says whether req is plain: no other protocol comes of it, and its body
// has an end that is near.
func suits(req *http.Request) bool {
	switch req.Method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
	default:
		return false
	}
	if req.URL.Scheme != "http" || req.Close || len(req.TransferEncoding) > 0 || len(req.Trailer) > 0 {
		return false
	}
	if req.Header["Upgrade"] != nil || req.Header["Expect"] != nil || req.Header["Connection"] != nil {
		return false
	}
	return !hasBody(req) || (req.ContentLength > 0 && req.ContentLength <= largest)
}

func hasBody(req *http.Request) bool { return req.Body != nil && req.Body != http.NoBody }

// replayable says whether req may reach the server twice, as the standard
// library judges it.
func replayable(req *http.Request) bool {
	if hasBody(req) && req.GetBody == nil {
		return false
	}
	switch req.Method {
	case http.MethodGet, http.MethodHead, http.MethodOptions:
		return true
	}
	return req.Header["Idempotency-Key"] != nil || req.Header["X-Idempotency-Key"] != nil
}

// rewound is req with its body from the start.
func rewound(req *http.Request) (*http.Request, error) {
	if !hasBody(req) {
		return req, nil
	}
	body, err := req.GetBody()
	if err != nil {
		return nil, err
	}
	again := *req
	again.Body = body
	return &again, nil
}

var (
	_ http.RoundTripper = (*Transport)(nil)
	_ io.ReadCloser     = (*body)(nil)
)

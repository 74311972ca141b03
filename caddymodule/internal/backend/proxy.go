package backend

import (
	"context"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httputil"
	"strconv"
	"strings"
	"sync/atomic"
)

var copyBuffers buffers

// tenantHeader names the tenant whose extension is asked for.
const tenantHeader = "X-Tenant-Id"

// newProxy makes the reverse proxy of b. It is the standard library's: as
// fast as the fastest Go proxies, and no part of a Caddy config, so a reload
// cannot cut its streams.
func newProxy(b *Backend) *httputil.ReverseProxy {
	return &httputil.ReverseProxy{
		Transport:  b.requests,
		BufferPool: &copyBuffers,
		Rewrite:    b.rewrite,
		ModifyResponse: func(res *http.Response) error {
			a := attemptOf(res.Request.Context())
			b.heard(res.StatusCode)
			filterResponse(res, address{b.cfg.BaseURL, b.cfg.Host}, a.Prefix)
			if isStream(res) {
				b.streams.Add(1)
				a.stream = true
			}
			if b.cfg.Generation > 0 {
				res.Header.Set("X-Runner-Generation", strconv.Itoa(b.cfg.Generation))
			}
			if a.Modify != nil {
				a.Modify(res)
			}
			return nil
		},
		ErrorHandler: func(_ http.ResponseWriter, r *http.Request, err error) { attemptOf(r.Context()).err = err },
		// a client that leaves mid-body is no fault of ours to report
		ErrorLog: log.New(io.Discard, "", 0),
	}
}

func (b *Backend) rewrite(r *httputil.ProxyRequest) {
	b.aim(r.Out)
	if b.cfg.Kind == Embedded {
		r.Out.Host = r.In.Host
	}
	filterRequest(r.Out.Header, attemptOf(r.In.Context()).Static)
	if tenant := attemptOf(r.In.Context()).Tenant; tenant != "" {
		r.Out.Header.Set(tenantHeader, tenant)
	}
	r.SetXForwarded()
}

// Options change what one proxied request's response looks like.
type Options struct {
	// Prefix was cut off the request's path; redirects get it back.
	Prefix string
	// Static sends no header on but those that a static file needs.
	Static bool
	// Tenant is named to the runner, which may serve several; empty names
	// none. What a browser says of it never counts.
	Tenant string
	// Modify may change the response's header before it is sent.
	Modify func(*http.Response)
}

// Serve sends r to the backend and its answer to w. When it returns an error
// nothing was written to w; see [Retryable] for what may be sent again.
func (b *Backend) Serve(w http.ResponseWriter, r *http.Request, opts Options) error {
	if err := b.usable(); err != nil {
		return err
	}
	body := &unreadBody{ReadCloser: r.Body}
	a := &attempt{Options: opts}
	out := r.WithContext(context.WithValue(r.Context(), attemptKey{}, a))
	if r.Body != nil && r.Body != http.NoBody {
		out.Body = body
	}
	defer func() {
		if a.stream {
			b.streams.Add(-1)
		}
	}()
	b.proxy.ServeHTTP(w, out)
	if a.err == nil {
		return nil
	}
	return &RequestError{Backend: b.Name(), Sent: !isDial(a.err), BodyRead: body.read.Load(), Err: a.err}
}

// attempt carries one proxied request's outcome past httputil's callbacks.
type attempt struct {
	Options
	err    error
	stream bool
}

// isStream says whether an answer has no end of its own.
func isStream(res *http.Response) bool {
	kind, _, _ := strings.Cut(res.Header.Get("Content-Type"), ";")
	return res.StatusCode == http.StatusSwitchingProtocols || strings.EqualFold(strings.TrimSpace(kind), "text/event-stream")
}

type attemptKey struct{}

func attemptOf(ctx context.Context) *attempt { return ctx.Value(attemptKey{}).(*attempt) }

// unreadBody ignores Close until the body has been read: a transport closes
// the body of a request that it could not even dial for, and then the request
// could not be sent to the next backend.
type unreadBody struct {
	io.ReadCloser
	read atomic.Bool // the transport's write loop may still run when RoundTrip has failed
}

func (b *unreadBody) Read(p []byte) (int, error) {
	b.read.Store(true)
	return b.ReadCloser.Read(p)
}

func (b *unreadBody) Close() error {
	if !b.read.Load() {
		return nil
	}
	return b.ReadCloser.Close()
}

func isDial(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "dial"
}

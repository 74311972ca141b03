package backend

import (
	"context"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/same-origin/devproxy/caddymodule/internal/wire"
)

// dialTimeout bounds a connect. Runners are near: one that does not accept
// within it is down, and waiting longer only hides that.
const dialTimeout = 5 * time.Second

// newTransport keeps many idle connections, since one origin's traffic goes
// to one host; Go's default of two would dial anew under any load.
func newTransport(cfg Config) *http.Transport {
	dialer := &net.Dialer{Timeout: dialTimeout}
	t := &http.Transport{
		DialContext:           dialer.DialContext,
		ForceAttemptHTTP2:     true,
		MaxIdleConns:          256,
		MaxIdleConnsPerHost:   256,
		IdleConnTimeout:       cfg.KeepAlive,
		TLSHandshakeTimeout:   dialTimeout,
		ResponseHeaderTimeout: cfg.FirstByteTimeout,
		ExpectContinueTimeout: time.Second,
		// the browser's own encodings pass through untouched
		DisableCompression: true,
		// an asset of usual size is read, and so written, at once
		ReadBufferSize: 32 << 10,
	}
	if cfg.Dialer != nil {
		t.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
			ctx, cancel := context.WithTimeout(ctx, dialTimeout)
			defer cancel()
			return cfg.Dialer.DialContext(ctx, network, address)
		}
	}
	if cfg.Socket != "" {
		t.DialContext = func(ctx context.Context, _, _ string) (net.Conn, error) {
			return dialer.DialContext(ctx, "unix", cfg.Socket)
		}
	}
	return t
}

// isNear says that the runner is on this machine, on a unix socket or a port of
// the loopback as published by Docker, and is asked in plain HTTP.
func (c Config) isNear() bool {
	if !wire.Looks || c.Kind == Knative || c.Dialer != nil || c.BaseURL == nil || c.BaseURL.Scheme != "http" {
		return false
	}
	ip := net.ParseIP(c.BaseURL.Hostname())
	return c.Socket != "" || c.BaseURL.Hostname() == "localhost" || (ip != nil && ip.IsLoopback())
}

// newWire has what t has, for requests that need less of a transport.
func newWire(cfg Config, t *http.Transport) *wire.Transport {
	return wire.New(wire.Config{
		Host: cfg.BaseURL.Host, Dial: t.DialContext, HeaderTimeout: cfg.FirstByteTimeout,
		IdleTimeout: t.IdleConnTimeout, MaxIdle: t.MaxIdleConnsPerHost, Other: t,
	})
}

// buffers are lent to the reverse proxies while they copy bodies.
type buffers struct{ pool sync.Pool }

// bufferSize is what a large answer is read and written in at once.
const bufferSize = 128 << 10

func (b *buffers) Get() []byte {
	if buf, ok := b.pool.Get().(*[bufferSize]byte); ok {
		return buf[:]
	}
	return make([]byte, bufferSize)
}

func (b *buffers) Put(buf []byte) { b.pool.Put((*[bufferSize]byte)(buf)) }

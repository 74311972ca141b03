// Package backend holds the runners that may answer, which of them does, and
// how a request reaches it.
//
// The Caddy handlers ask a [Selector] for the selected [Backend] and send
// requests through it; only the engine writes to the Selector.
package backend

import (
	"net/http"
	"net/http/httputil"
	"net/url"
	"sync/atomic"
	"time"
)

// Kind says what a backend is.
type Kind string

// The kinds of backend.
const (
	Embedded Kind = "embedded" // the reference runner in this process
	URL      Kind = "url"      // a runner that somebody else runs
	Docker   Kind = "docker"   // a service of a compose project that we run
)

// Config describes one backend.
type Config struct {
	Name string
	Kind Kind
	// BaseURL is where the runner answers; nil when it is not configured.
	BaseURL *url.URL
	// Generation counts the containers of a docker backend; 0 for others.
	Generation int
	// Socket is the unix socket that BaseURL is dialled on; empty for TCP.
	Socket string
	// ServiceToken goes with execute and health calls (x-runner-service-token).
	ServiceToken string
	// FirstByteTimeout bounds the wait for a response's header, never a
	// stream. Zero means no bound.
	FirstByteTimeout time.Duration
	// KeepAlive is how long an idle connection is kept. Keep it below the
	// runner's own limit, else a POST can meet a connection that is closing.
	KeepAlive time.Duration
}

// Backend is one runner. It is safe for concurrent use and independent of
// Caddy's config: its connections and streams survive a reload.
type Backend struct {
	cfg       Config
	transport *http.Transport
	proxy     *httputil.ReverseProxy
	ready     atomic.Bool
	inFlight  atomic.Int64
	streams   atomic.Int64 // of those in flight: WebSockets and event streams
	answered  atomic.Int64 // Unix nanoseconds
}

// New makes a backend that is not ready yet; see [Selector.SetReady].
func New(cfg Config) *Backend {
	b := &Backend{cfg: cfg, transport: newTransport(cfg)}
	b.proxy = newProxy(b)
	return b
}

// Name is the backend's name in the configuration.
func (b *Backend) Name() string { return b.cfg.Name }

// Config is what the backend was made of.
func (b *Backend) Config() Config { return b.cfg }

// Ready says whether requests may be sent.
func (b *Backend) Ready() bool { return b.ready.Load() }

// Status is `up`, `down`, or `unknown` for a runner that nobody has asked.
func (b *Backend) Status() string {
	switch {
	case b.cfg.BaseURL == nil || !b.Ready():
		return "down"
	case b.cfg.Kind != URL:
		return "up"
	}
	return "unknown"
}

// InFlight counts the requests that run on the backend now.
func (b *Backend) InFlight() int64 { return b.inFlight.Load() }

// Answered is when the runner last answered a request with anything but a
// server error; zero for never.
func (b *Backend) Answered() time.Time {
	at := b.answered.Load()
	if at == 0 {
		return time.Time{}
	}
	return time.Unix(0, at)
}

func (b *Backend) heard(status int) {
	if status < http.StatusInternalServerError {
		b.answered.Store(time.Now().UnixNano())
	}
}

// Close drops the idle connections, so that none outlives the runner.
func (b *Backend) Close() { b.transport.CloseIdleConnections() }

// Package backend holds the runners that may answer, which of them does, and
// how a request reaches it.
//
// The Caddy handlers ask a [Selector] for the selected [Backend] and send
// requests through it; only the engine writes to the Selector.
package backend

import (
	"context"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"sync/atomic"
	"time"

	"github.com/same-origin/devproxy/caddymodule/internal/knative"
)

// Kind says what a backend is.
type Kind string

// The kinds of backend.
const (
	Embedded Kind = "embedded" // the reference runner in this process
	URL      Kind = "url"      // a runner that somebody else runs
	Docker   Kind = "docker"   // a service of a compose project that we run
	Knative  Kind = "knative"  // a service of a Knative cluster
)

// Config describes one backend. Configs are compared to see what changed.
type Config struct {
	Name string
	Kind Kind
	// BaseURL is where the runner answers; nil when it is not configured.
	BaseURL *url.URL
	// Generation counts the containers of a docker backend; 0 for others.
	Generation int
	// Socket is the unix socket that BaseURL is dialled on; empty for TCP.
	Socket string
	// Dialer connects to BaseURL's host where that takes more than TCP; else nil.
	Dialer Dialer
	// ServiceToken goes with execute and health calls (x-runner-service-token).
	ServiceToken string
	// FirstByteTimeout bounds the wait for a response's header, never a
	// stream. Zero means no bound.
	FirstByteTimeout time.Duration
	// KeepAlive is how long an idle connection is kept. Keep it below the
	// runner's own limit, else a POST can meet a connection that is closing.
	KeepAlive time.Duration
	// Guarded says that requests are refused until a probe has succeeded; a
	// runner at a URL is otherwise always tried.
	Guarded bool
	// Service names a Knative service whose BaseURL the cluster knows.
	Service Service
	// Host, SNI, CAFile, H2C and ConnectTimeout are for Knative backends; see
	// [knative.Config].
	Host, SNI, CAFile string
	H2C               bool
	ConnectTimeout    time.Duration
	// Emulated puts Emulation in front of the runner.
	Emulated  bool
	Emulation knative.EmulatorConfig
}

// Dialer is a way to a runner. It is comparable, as all of a Config is.
type Dialer interface {
	DialContext(ctx context.Context, network, address string) (net.Conn, error)
}

// Service is a service of a cluster; the zero value is none.
type Service struct {
	Ref                 knative.Ref
	Kubeconfig, Context string // empty for what kubectl takes
}

// Backend is one runner. It is safe for concurrent use and independent of
// Caddy's config: its connections and streams survive a reload.
type Backend struct {
	cfg Config
	carrier
	proxy    *httputil.ReverseProxy
	ready    atomic.Bool
	inFlight atomic.Int64
	streams  atomic.Int64 // of those in flight: WebSockets and event streams
	// as time.Now gave them: a number of seconds would move with the system's
	// clock
	answered atomic.Pointer[time.Time]
	unready  atomic.Pointer[time.Time] // since when it is not ready
}

// New makes a backend that is not ready yet; see [Selector.SetReady].
func New(cfg Config) *Backend {
	b := &Backend{cfg: cfg, carrier: newCarrier(cfg)}
	b.unready.Store(new(time.Now()))
	b.proxy = newProxy(b)
	return b
}

// Name is the backend's name in the configuration.
func (b *Backend) Name() string { return b.cfg.Name }

// Config is what the backend was made of.
func (b *Backend) Config() Config { return b.cfg }

// Ready says whether requests may be sent.
func (b *Backend) Ready() bool { return b.ready.Load() }

// Unready is for how long no request may have been sent; 0 when it may.
func (b *Backend) Unready() time.Duration {
	if b.Ready() {
		return 0
	}
	return time.Since(*b.unready.Load())
}

// InFlight counts the requests that run on the backend now.
func (b *Backend) InFlight() int64 { return b.inFlight.Load() }

// Answered is when the runner last answered a request with anything but a
// server error; zero for never.
func (b *Backend) Answered() time.Time {
	at := b.answered.Load()
	if at == nil {
		return time.Time{}
	}
	return *at
}

func (b *Backend) heard(status int) {
	if status < http.StatusInternalServerError {
		b.answered.Store(new(time.Now()))
	}
}

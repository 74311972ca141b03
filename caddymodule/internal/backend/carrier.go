package backend

import (
	"crypto/tls"
	"net/http"
	"net/http/httputil"

	"github.com/same-origin/devproxy/caddymodule/internal/knative"
	"github.com/same-origin/devproxy/caddymodule/internal/wire"
)

// carrier is what a backend's requests travel on.
type carrier struct {
	transport *http.Transport
	wire      *wire.Transport   // for plain requests to a runner that is near; nil without one
	patient   *http.Transport   // transport for what takes long to answer: a compilation
	requests  http.RoundTripper // what developers' requests pass: emulation, measurement, transport
	emulator  *knative.Emulator // nil without an emulation
	meter     *knative.Meter    // nil but for Knative
	tls       *tls.Config       // of transport, which changes its own when it is first used
	fault     error             // why nothing can be carried
}

// newCarrier keeps an error for those who ask: a file that is missing today
// may be there when the configuration is next applied.
func newCarrier(cfg Config) carrier {
	c := carrier{}
	switch {
	case cfg.Kind != Knative || cfg.BaseURL == nil:
		c.transport = newTransport(cfg)
	default:
		if c.transport, c.fault = knative.Transport(cfg.knative()); c.fault != nil {
			c.transport = newTransport(cfg)
		}
	}
	c.tls = c.transport.TLSClientConfig.Clone()
	c.patient = c.transport.Clone()
	c.patient.ResponseHeaderTimeout, c.patient.DisableKeepAlives = max(warmTimeout, cfg.FirstByteTimeout), true
	c.requests = c.transport
	if cfg.isNear() {
		c.wire = newWire(cfg, c.transport)
		c.requests = c.wire
	}
	if cfg.Kind == Knative {
		c.meter = knative.NewMeter(knative.MeterConfig{})
		c.requests = c.meter.Wrap(c.requests)
	}
	if cfg.Emulated {
		c.emulator = knative.NewEmulator(cfg.Emulation, c.requests)
		c.requests = c.emulator
	}
	return c
}

func (c Config) knative() knative.Config {
	return knative.Config{
		BaseURL: c.BaseURL, Host: c.Host, SNI: c.SNI, CAFile: c.CAFile, ServiceToken: c.ServiceToken, H2C: c.H2C,
		ConnectTimeout: c.ConnectTimeout, FirstByteTimeout: c.FirstByteTimeout, KeepAlive: c.KeepAlive,
	}
}

// aim points a request at the runner: under its own name, where it has one.
func (b *Backend) aim(out *http.Request) {
	if b.cfg.Kind == Knative {
		b.cfg.knative().Aim(out)
		return
	}
	r := httputil.ProxyRequest{In: out, Out: out}
	r.SetURL(b.cfg.BaseURL)
	out.Host = b.cfg.BaseURL.Host
}

// Fault is why the backend can never be used as it was made, such as a CA
// file that could not be read; nil when it can.
func (b *Backend) Fault() error { return b.fault }

// usable says why nothing can be sent.
func (b *Backend) usable() error {
	if b.fault != nil || b.cfg.BaseURL == nil {
		return &NotConfiguredError{Backend: b.Name(), Err: b.fault}
	}
	return nil
}

// ColdStarts is what was seen of starts from zero; nil for a backend that has
// none. LastCold may be of one that still goes on.
func (b *Backend) ColdStarts() *knative.MeterStats {
	switch {
	case b.emulator != nil:
		state := b.emulator.State()
		return &knative.MeterStats{ColdStarts: state.ColdStarts, LastCold: state.LastCold}
	case b.meter != nil:
		stats := b.meter.Stats()
		return &stats
	}
	return nil
}

// Close drops the idle connections, so that none outlives the runner.
func (b *Backend) Close() {
	b.transport.CloseIdleConnections()
	if b.wire != nil {
		b.wire.CloseIdleConnections()
	}
}

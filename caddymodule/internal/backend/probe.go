package backend

import (
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http"
)

// probeAgent is how a runner's log tells probes from people.
const probeAgent = "devproxy-probe"

// Probe asks the runner whether it is well. No emulation delays it, and none
// is kept awake by it. A service that is at zero is woken.
func (b *Backend) Probe(ctx context.Context) error {
	req, err := b.newRequest(ctx, http.MethodGet, "healthz", nil)
	if err != nil {
		return err
	}
	req.Header.Set("User-Agent", probeAgent)
	return b.roundTrip(b.transport, req, func(http.Header, io.Reader) error { return nil })
}

// Connect finds out whether the address accepts connections, and is who it
// should be. It wakes no service that sleeps.
func (b *Backend) Connect(ctx context.Context) error {
	if err := b.usable(); err != nil {
		return err
	}
	port := b.cfg.BaseURL.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[b.cfg.BaseURL.Scheme]
	}
	conn, err := b.transport.DialContext(ctx, "tcp", net.JoinHostPort(b.cfg.BaseURL.Hostname(), port))
	if err == nil && b.cfg.BaseURL.Scheme == "https" {
		err = handshake(ctx, conn, b.tls)
	}
	if err != nil {
		return &RequestError{Backend: b.Name(), Err: err}
	}
	return conn.Close()
}

func handshake(ctx context.Context, conn net.Conn, cfg *tls.Config) error {
	err := tls.Client(conn, cfg).HandshakeContext(ctx)
	if err != nil {
		_ = conn.Close() // the handshake's error says more
	}
	return err
}

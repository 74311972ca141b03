package caddymodule

import (
	"fmt"
	"net"
	"net/http"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp/reverseproxy"

	"github.com/same-origin/devproxy/caddymodule/internal/backend"
	"github.com/same-origin/devproxy/caddymodule/internal/engine"
)

func init() { caddy.RegisterModule(Upstreams{}) }

// Upstreams gives the selected backend's address to a `reverse_proxy` that
// somebody writes on their own: `reverse_proxy { dynamic runner }`. The
// `runner` directive does more: it counts requests, so that a swap can wait
// for them, and filters what a browser sends.
type Upstreams struct {
	engine *engine.Engine
}

// CaddyModule returns the Caddy module information.
func (Upstreams) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{ID: "http.reverse_proxy.upstreams.runner", New: func() caddy.Module { return new(Upstreams) }}
}

// Provision finds the engine.
func (u *Upstreams) Provision(ctx caddy.Context) (err error) {
	u.engine, err = engineOf(ctx)
	return err
}

// UnmarshalCaddyfile takes no arguments. Syntax:
//
//	dynamic runner
func (u *Upstreams) UnmarshalCaddyfile(d *caddyfile.Dispenser) error {
	d.Next()
	if d.NextArg() || d.NextBlock(0) {
		return d.ArgErr()
	}
	return nil
}

// GetUpstreams implements reverseproxy.UpstreamSource. The value is fresh
// each time: reverse_proxy writes into it.
func (u *Upstreams) GetUpstreams(*http.Request) ([]*reverseproxy.Upstream, error) {
	b := u.engine.Selector().Current()
	if b == nil {
		return nil, caddyhttp.Error(http.StatusServiceUnavailable, backend.ErrNone)
	}
	cfg := b.Config()
	switch {
	case cfg.Socket != "":
		return []*reverseproxy.Upstream{{Dial: "unix/" + cfg.Socket}}, nil
	case cfg.Dialer != nil:
		return nil, caddyhttp.Error(http.StatusBadGateway, fmt.Errorf("backend %s is behind a docker-runner, where only the `runner` directive finds the way", b.Name()))
	case cfg.BaseURL == nil:
		return nil, caddyhttp.Error(http.StatusInternalServerError, &backend.NotConfiguredError{Backend: b.Name()})
	}
	port := cfg.BaseURL.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[cfg.BaseURL.Scheme]
	}
	return []*reverseproxy.Upstream{{Dial: net.JoinHostPort(cfg.BaseURL.Hostname(), port)}}, nil
}

var (
	_ caddy.Provisioner           = (*Upstreams)(nil)
	_ caddyfile.Unmarshaler       = (*Upstreams)(nil)
	_ reverseproxy.UpstreamSource = (*Upstreams)(nil)
)

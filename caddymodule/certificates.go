package caddymodule

import (
	"context"
	"fmt"
	"net"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"github.com/caddyserver/caddy/v2/modules/caddytls"

	"github.com/same-origin/devproxy/caddymodule/internal/isolation"
)

func init() { caddy.RegisterModule(Certificates{}) }

// Certificates decides, for `on_demand_tls { permission runner }`, which names
// get a certificate when a browser first asks for them: localhost, loopback
// addresses, and the own names of the extensions in development.
type Certificates struct{}

// CaddyModule returns the Caddy module information.
func (Certificates) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{ID: "tls.permission.runner", New: func() caddy.Module { return new(Certificates) }}
}

// CertificateAllowed implements caddytls.OnDemandPermission. It asks the
// engine that lives, as the TLS app does not know of ours.
func (Certificates) CertificateAllowed(_ context.Context, name string) error {
	if ip := net.ParseIP(name); name == isolation.Domain || (ip != nil && ip.IsLoopback()) {
		return nil
	}
	if id, ok := isolation.Extension(name); ok {
		if e := live.Load(); e != nil {
			if _, loaded := e.Installed(id); loaded {
				return nil
			}
		}
	}
	return fmt.Errorf("issuing a certificate for %s: %w", name, caddytls.ErrPermissionDenied)
}

// UnmarshalCaddyfile takes no arguments. Syntax:
//
//	permission runner
func (*Certificates) UnmarshalCaddyfile(d *caddyfile.Dispenser) error {
	d.Next() // consume the module's name
	if d.NextArg() || d.NextBlock(0) {
		return d.ArgErr()
	}
	return nil
}

var (
	_ caddytls.OnDemandPermission = (*Certificates)(nil)
	_ caddyfile.Unmarshaler       = (*Certificates)(nil)
)

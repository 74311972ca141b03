// site_url.go contains where the sites answer, as people type it.

package caddymodule

import (
	"net"
	"slices"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"github.com/same-origin/devproxy/caddymodule/internal/engine"
	"github.com/same-origin/devproxy/caddymodule/runnerstatus"
)

// snapshot is the state of e, and where the sites of the active config answer.
func snapshot(e *engine.Engine, prefix string) runnerstatus.Snapshot {
	s := e.Snapshot(prefix)
	s.URL = siteURL(caddy.ActiveContext())
	return s
}

// siteURL is "" where no site listens on a port of its own. What redirects to
// https is not what people open.
func siteURL(ctx caddy.Context) string {
	if ctx.Context == nil { // nothing runs yet
		return ""
	}
	configured, err := ctx.AppIfConfigured("http")
	app, isHTTP := configured.(*caddyhttp.App)
	if err != nil || !isHTTP {
		return ""
	}
	plain, secure := []string(nil), []string(nil)
	for _, server := range app.Servers {
		if len(server.TLSConnPolicies) > 0 {
			secure = append(secure, tcpAddresses(server.Listen)...)
			continue
		}
		plain = append(plain, tcpAddresses(server.Listen)...)
	}
	for _, found := range []struct {
		scheme    string
		addresses []string
	}{{"https", secure}, {"http", plain}} {
		slices.Sort(found.addresses)
		for _, address := range found.addresses {
			if _, port, err := net.SplitHostPort(address); err == nil {
				return found.scheme + "://localhost:" + port
			}
		}
	}
	return ""
}

func tcpAddresses(listen []string) (addresses []string) {
	for _, one := range listen {
		address, err := caddy.ParseNetworkAddress(one)
		if err == nil && address.Network == "tcp" && address.PortRangeSize() == 1 {
			addresses = append(addresses, address.JoinHostPort(0))
		}
	}
	return addresses
}

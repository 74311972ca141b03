// site_url.go contains where people find the app that the runner is part of.

package caddymodule

import (
	"cmp"
	"net"
	"slices"
	"strings"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"github.com/same-origin/devproxy/caddymodule/internal/engine"
	"github.com/same-origin/devproxy/caddymodule/runnerstatus"
)

// Listener is an address that Caddy listens on, as far as people find it.
type Listener struct {
	Address string   // host and port
	Secure  bool     // it speaks https
	Runner  bool     // some route there has the runner directive
	Hosts   []string // that this route is for; empty for any
}

// SiteURL is what to type into a browser to find the runner's site; where no
// site has one, another. https goes before http, as what redirects there is
// not what people open. The name is localhost, unless the runner's route is
// for others only. It is "" where nothing listens on a TCP port.
func SiteURL(sites []Listener) string {
	if len(sites) == 0 {
		return ""
	}
	best := slices.MinFunc(sites, func(a, b Listener) int {
		return cmp.Or(rank(a.Runner, b.Runner), rank(a.Secure, b.Secure), strings.Compare(a.Address, b.Address))
	})
	_, port, err := net.SplitHostPort(best.Address)
	if err != nil {
		return ""
	}
	scheme := "http"
	if best.Secure {
		scheme = "https"
	}
	return scheme + "://" + net.JoinHostPort(best.name(), port)
}

func rank(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return -1
	default:
		return 1
	}
}

// name is what of Hosts a browser can open.
func (l Listener) name() string {
	if len(l.Hosts) == 0 || slices.Contains(l.Hosts, "localhost") {
		return "localhost"
	}
	plain := slices.IndexFunc(l.Hosts, func(host string) bool { return !strings.ContainsAny(host, "*{") })
	if plain < 0 {
		return "localhost"
	}
	return l.Hosts[plain]
}

// TCPAddresses are those, of what Caddy's config has under `listen`, that are
// one port of TCP.
func TCPAddresses(listen []string) (addresses []string) {
	for _, one := range listen {
		address, err := caddy.ParseNetworkAddress(one)
		if err == nil && address.Network == "tcp" && address.PortRangeSize() == 1 {
			addresses = append(addresses, address.JoinHostPort(0))
		}
	}
	return addresses
}

// snapshot is the state of e, and where the sites of the active config answer.
func snapshot(e *engine.Engine, prefix string) runnerstatus.Snapshot {
	s := e.Snapshot(prefix)
	s.URL = SiteURL(activeSites(caddy.ActiveContext()))
	return s
}

func activeSites(ctx caddy.Context) (sites []Listener) {
	if ctx.Context == nil { // nothing runs yet
		return nil
	}
	configured, err := ctx.AppIfConfigured("http")
	app, isHTTP := configured.(*caddyhttp.App)
	if err != nil || !isHTTP {
		return nil
	}
	for _, server := range app.Servers {
		hosts, runner := runnerIn(server.Routes, nil)
		for _, route := range server.NamedRoutes {
			_, named := runnerIn(caddyhttp.RouteList{*route}, nil)
			runner = runner || named
		}
		for _, address := range TCPAddresses(server.Listen) {
			sites = append(sites, Listener{address, len(server.TLSConnPolicies) > 0, runner, hosts})
		}
	}
	return sites
}

// runnerIn says whether a route, or one below it, has the runner directive,
// and which hosts that route is for.
func runnerIn(routes caddyhttp.RouteList, within []string) (hosts []string, found bool) {
	for _, route := range routes {
		hosts := hostsOf(route.MatcherSets, within)
		for _, handler := range route.Handlers {
			switch h := handler.(type) {
			case *Handler, *Site:
				return hosts, true
			case *caddyhttp.Subroute:
				if hosts, found := runnerIn(h.Routes, hosts); found {
					return hosts, true
				}
			}
		}
	}
	return nil, false
}

// hostsOf are the hosts that sets ask for; within, where they ask for none.
func hostsOf(sets caddyhttp.MatcherSets, within []string) (hosts []string) {
	for _, set := range sets {
		for _, matcher := range set {
			if named, is := matcher.(*caddyhttp.MatchHost); is {
				hosts = append(hosts, *named...)
			}
		}
	}
	if hosts == nil {
		return within
	}
	return hosts
}

package registry

import (
	"net"
	"net/netip"
	"net/url"
	"strconv"
)

// Env gives the environment of a runner that reaches this machine as host: a
// name such as host.docker.internal, or an address that the registry listens
// on. It is nil while no port is chosen. The values are secrets.
func (r *Registry) Env(host string) map[string]string {
	port := r.portFor(host)
	if port == 0 {
		return nil
	}
	return r.EnvAt(host, port)
}

// EnvAt is Env for a runner that reaches the registry by host and port of another
// machine, from where something leads here.
func (r *Registry) EnvAt(host string, port uint16) map[string]string {
	base := "http://" + net.JoinHostPort(host, strconv.Itoa(int(port)))
	return map[string]string{
		"REGISTRY_BASE_URL": base,
		"BUNDLE_STORE_BASE": base + storePath + "/" + url.PathEscape(r.secret) + "/",
		"ALGA_AUTH_KEY":     r.apiKey,
	}
}

// portFor gives the port on host if that is an address that is listened on,
// and the shared one if it is a name or on its way to be.
func (r *Registry) portFor(host string) uint16 {
	address, err := netip.ParseAddr(host)
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, l := range r.listeners {
		if err == nil && l.at.Addr() == address.Unmap() {
			return l.at.Port()
		}
	}
	return r.port
}

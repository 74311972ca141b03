package docker

import (
	"net"
	"net/url"
	"strings"
)

// Remote is the host of an engine on another machine, where its containers'
// published ports are; "" for one on this machine, or in a virtual one that
// passes its ports on.
func (e *Engine) Remote() string { return e.remote }

// remoteHost reads it from the engine's address. A socket is of this machine; one
// that is forwarded from elsewhere cannot be told apart.
func remoteHost(endpoint string) string {
	u, err := url.Parse(strings.TrimPrefix(endpoint, apiScheme))
	if err != nil || (u.Scheme != "tcp" && u.Scheme != "http" && u.Scheme != "https") {
		return ""
	}
	host := strings.ToLower(u.Hostname())
	if ip := net.ParseIP(host); host == "" || host == "localhost" || (ip != nil && (ip.IsLoopback() || ip.IsUnspecified())) {
		return ""
	}
	return host
}

// reachedAt is where this machine reaches a binding; "" where it does not.
func reachedAt(remote, ip string) string {
	bound := net.ParseIP(ip)
	switch {
	case bound != nil && !bound.IsUnspecified() && !bound.IsLoopback():
		return ip
	case remote == "" && bound != nil && bound.IsLoopback():
		return ip
	case remote == "":
		return "127.0.0.1"
	case bound != nil && bound.IsLoopback():
		return ""
	}
	return remote
}

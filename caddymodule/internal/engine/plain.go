package engine

import (
	"net"
	"net/url"
	"strings"

	"github.com/same-origin/devproxy/caddymodule/internal/backend"
)

// codeTokenInClear: who listens on the way to a runner can execute there.
const codeTokenInClear = "service_token_in_clear"

// warnOfClear says, once for each machine, that a backend's token can be read
// on its way there.
func (e *Engine) warnOfClear(b *backend.Backend) {
	cfg := b.Config()
	way := wayTo(cfg)
	if cfg.ServiceToken == "" || cfg.Socket != "" || way == nil || way.Scheme != "http" || isLoopback(way.Hostname()) {
		return
	}
	// without the port: each generation may have another one
	if _, told := e.clear.LoadOrStore(cfg.Name+" "+way.Hostname(), true); told {
		return
	}
	e.log.Warn("the service token goes over plain http to "+way.Host+", where others may read it", "backend", cfg.Name, "code", codeTokenInClear,
		"fix", "reach the runner over https or through a tunnel, or give this backend a token of its own")
}

// wayTo is what a backend's requests go to first: a docker-runner that leads to
// its container, else the backend itself.
func wayTo(cfg backend.Config) *url.URL {
	if through, ok := cfg.Dialer.(interface{ Service() *url.URL }); ok {
		return through.Service()
	}
	return cfg.BaseURL
}

// isLoopback says that what is sent to host stays on this machine.
func isLoopback(host string) bool {
	if ip := net.ParseIP(host); ip != nil {
		return ip.IsLoopback()
	}
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	return host == "localhost" || strings.HasSuffix(host, ".localhost")
}

package engine

import (
	"net"
	"strings"

	"github.com/same-origin/devproxy/caddymodule/internal/backend"
)

// codeTokenInClear: who listens on the way to a runner can execute there.
const codeTokenInClear = "service_token_in_clear"

// warnOfClear says, once for each address, that a backend's token can be read
// on its way there.
func (e *Engine) warnOfClear(b *backend.Backend) {
	cfg := b.Config()
	if cfg.ServiceToken == "" || cfg.Socket != "" || cfg.BaseURL == nil || cfg.BaseURL.Scheme != "http" || isLoopback(cfg.BaseURL.Hostname()) {
		return
	}
	if _, told := e.clear.LoadOrStore(cfg.Name+" "+cfg.BaseURL.Host, true); told {
		return
	}
	e.log.Warn("the service token goes over plain http to "+cfg.BaseURL.Host+", where others may read it", "backend", cfg.Name, "code", codeTokenInClear,
		"fix", "reach the runner over https or through a tunnel, or give this backend a token of its own")
}

// isLoopback says that what is sent to host stays on this machine.
func isLoopback(host string) bool {
	if ip := net.ParseIP(host); ip != nil {
		return ip.IsLoopback()
	}
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	return host == "localhost" || strings.HasSuffix(host, ".localhost")
}

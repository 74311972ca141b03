// metrics.go contains how the engine's metrics get into Caddy's registry, and
// the counts that only handlers know.

package caddymodule

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/caddyserver/caddy/v2"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/same-origin/devproxy/caddymodule/internal/backend"
	"github.com/same-origin/devproxy/caddymodule/internal/engine"
)

// registerMetrics has the config's registry collect the engine's metrics.
// Every config has a registry of its own, and all collect the same.
func registerMetrics(ctx caddy.Context, e *engine.Engine) error {
	err := ctx.GetMetricsRegistry().Register(e.Metrics())
	var known prometheus.AlreadyRegisteredError
	if err != nil && !errors.As(err, &known) {
		return fmt.Errorf("registering the metrics: %w", err)
	}
	return nil
}

// refusedFor counts a request that no backend answered, for the one that it
// would have gone to.
func refusedFor(e *engine.Engine, route string, r *http.Request, status int) {
	e.Metrics().Request(route, nameOf(e.Selector().For(r)), status)
}

// nameOf is how a backend that may be none is called.
func nameOf(b *backend.Backend) string {
	if b == nil {
		return "none"
	}
	return b.Name()
}

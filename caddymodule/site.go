// site.go contains Site, which is all that the Caddyfile's directive `runner`
// stands for, in one handler.

package caddymodule

import (
	"net/http"
	"slices"
	"strings"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"github.com/same-origin/devproxy/caddymodule/internal/isolation"
)

func init() { caddy.RegisterModule(Site{}) }

// defaultPrefix is where a site serves the runner.
const defaultPrefix = "/runner"

// Site answers `/health`, `{prefix}/*`, `/ext-ui/*`, `/api/ext/*` and
// `/__runner/*` as the handlers Health, Handler, Gateway and Control do, and
// passes every other request on. Caddy compiles the routes of a site anew for
// each request, so that one route costs a request less than five.
type Site struct {
	// Prefix is where the runner is served. Default: `/runner`.
	Prefix string `json:"prefix,omitempty"`

	// Expose lists more of the runner's paths that pass, with every method:
	// `/v1/*` is all below /v1/, `/v1/x` is that path. Default: none.
	Expose []string `json:"expose,omitempty"`

	// NoGateway leaves `/api/ext/*` to an app that answers it itself.
	// Default: false.
	NoGateway bool `json:"no_gateway,omitempty"`

	// MaxBody bounds the body of a call through the gateway, in bytes.
	// Default: 10 MiB.
	MaxBody int64 `json:"max_body,omitempty"`

	// Isolation keeps extensions' pages apart from their host's: `none`
	// passes on what the runner sends, `sandbox` makes their origin opaque,
	// `subdomain` sends them to origins of their own, see Origin. Default:
	// `none`.
	Isolation string `json:"isolation,omitempty"`

	routes []siteRoute
}

// siteRoute is what answers a path, or all below one that ends in a slash.
type siteRoute struct {
	path    string // in lower case, as Caddy matches paths
	below   bool
	handler caddyhttp.MiddlewareHandler
}

// CaddyModule returns the Caddy module information.
func (Site) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{ID: "http.handlers.runner_site", New: func() caddy.Module { return new(Site) }}
}

// Provision loads the handlers, each as the module that it is elsewhere.
func (s *Site) Provision(ctx caddy.Context) error {
	if s.Prefix == "" {
		s.Prefix = defaultPrefix
	}
	parts := []struct {
		path   string
		module caddy.Module
	}{
		{s.Prefix + "/", Handler{Prefix: s.Prefix, Expose: s.Expose, Isolation: s.Isolation}},
		{"/ext-ui/", Handler{Isolation: s.Isolation}},
		{controlPrefix, Control{Prefix: s.Prefix, Isolation: s.Isolation}},
		{"/health", Health{}},
		{"/api/ext/", Gateway{MaxBody: s.MaxBody}},
	}
	if s.NoGateway {
		parts = parts[:len(parts)-1]
	}
	for _, part := range parts {
		loaded, err := ctx.LoadModuleByID(string(part.module.CaddyModule().ID), caddyconfig.JSON(part.module, nil))
		if err != nil {
			return err
		}
		s.add(part.path, loaded.(caddyhttp.MiddlewareHandler))
	}
	return nil
}

// add keeps the longest paths first: of two that match, the more exact one
// answers, as in a Caddyfile.
func (s *Site) add(path string, handler caddyhttp.MiddlewareHandler) {
	s.routes = append(s.routes, siteRoute{strings.ToLower(path), strings.HasSuffix(path, "/"), handler})
	slices.SortStableFunc(s.routes, func(a, b siteRoute) int { return len(b.path) - len(a.path) })
}

// Validate repeats, for JSON users, what the Caddyfile parser checks.
func (s *Site) Validate() error {
	if !isPrefix(s.Prefix) {
		return &prefixError{s.Prefix}
	}
	return among("isolation", s.Isolation, isolation.Modes)
}

// isPrefix says whether path can be a prefix: it is compared as it stands, with
// escaped and unescaped paths, and nothing in it is a pattern or placeholder.
func isPrefix(path string) bool {
	return strings.HasPrefix(path, "/") && !strings.HasSuffix(path, "/") && !strings.ContainsAny(path, "%*?[{")
}

type prefixError struct{ prefix string }

func (e *prefixError) Error() string {
	return `prefix "` + e.prefix + `" must start with / and name a path, and neither end with / nor hold any of % * ? [ {, as in "/runner"`
}

func (s *Site) ServeHTTP(w http.ResponseWriter, r *http.Request, next caddyhttp.Handler) error {
	if i := s.find(r.URL.Path); i >= 0 {
		return s.routes[i].handler.ServeHTTP(w, r, next)
	}
	return next.ServeHTTP(w, r)
}

// find gives the route that Caddy's path matcher would match path with, or -1.
func (s *Site) find(path string) int {
	path = caddyhttp.CleanPath(strings.ToLower(path), true)
	return slices.IndexFunc(s.routes, func(route siteRoute) bool {
		return path == route.path || (route.below && strings.HasPrefix(path, route.path))
	})
}

var (
	_ caddy.Provisioner           = (*Site)(nil)
	_ caddy.Validator             = (*Site)(nil)
	_ caddyhttp.MiddlewareHandler = (*Site)(nil)
)

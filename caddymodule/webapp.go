// webapp.go contains WebApp, which answers everything on the origin that is
// not the runner's: the host app.

package caddymodule

import (
	"fmt"
	"net"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig"
	"github.com/caddyserver/caddy/v2/caddyconfig/httpcaddyfile"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"github.com/same-origin/devproxy/examples/host"
)

func init() {
	caddy.RegisterModule(WebApp{})
	httpcaddyfile.RegisterDirective("runner_app", parseWebApp)
	httpcaddyfile.RegisterDirectiveOrder("runner_app", httpcaddyfile.After, "file_server")
}

// WebApp serves the host app. A URL is proxied to with Caddy's reverse_proxy,
// WebSockets and hot module replacement included; while the app is starting,
// requests are held, then answered with a page that reloads itself. A folder
// is served with Caddy's file_server. With neither, it is the example host.
type WebApp struct {
	// App is a URL such as `http://localhost:5173`, or a folder. Default:
	// the built-in example host.
	App string `json:"app,omitempty"`

	// Hold bounds how long a request waits for an app that does not accept
	// connections yet. Default: 5s.
	Hold caddy.Duration `json:"hold,omitempty"`

	inner caddyhttp.MiddlewareHandler
}

// CaddyModule returns the Caddy module information.
func (WebApp) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{ID: "http.handlers.runner_app", New: func() caddy.Module { return new(WebApp) }}
}

// builtin is the file system of the example host.
const builtin = "runner_example_host"

// Provision loads the Caddy handler that does the work.
func (a *WebApp) Provision(ctx caddy.Context) error {
	if a.Hold == 0 {
		a.Hold = caddy.Duration(5 * time.Second)
	}
	id, config, err := a.handler(ctx)
	if err != nil {
		return err
	}
	module, err := ctx.LoadModuleByID("http.handlers."+id, caddyconfig.JSON(config, nil))
	if err != nil {
		return fmt.Errorf("serving the app %s: %w", a.App, err)
	}
	a.inner = module.(caddyhttp.MiddlewareHandler)
	return nil
}

// handler picks one of Caddy's handlers and its config.
func (a *WebApp) handler(ctx caddy.Context) (string, map[string]any, error) {
	app := caddy.NewReplacer().ReplaceKnown(a.App, "")
	if err := CheckApp(app); err != nil {
		return "", nil, err
	}
	switch {
	case app == "":
		ctx.FileSystems().Register(builtin, host.Files)
		return "file_server", map[string]any{"fs": builtin}, nil
	case strings.Contains(app, "://"):
		config, err := proxyConfig(app)
		return "reverse_proxy", config, err
	}
	return "file_server", map[string]any{"root": app}, nil
}

// CheckApp says why app is nothing that runner_app can serve: a URL without
// a path, or a folder. An empty one is the example host.
func CheckApp(app string) error {
	if app == "" {
		return nil
	}
	if !strings.Contains(app, "://") {
		if info, err := os.Stat(app); err != nil || !info.IsDir() {
			return fmt.Errorf("app %q is neither a URL, such as http://localhost:5173, nor a folder", app)
		}
		return nil
	}
	target, err := url.Parse(app)
	if err != nil || target.Host == "" || (target.Scheme != "http" && target.Scheme != "https") {
		return fmt.Errorf("app %q is no URL; write one such as http://localhost:5173", app)
	}
	if strings.Trim(target.Path, "/") != "" || target.RawQuery != "" {
		return fmt.Errorf("app %q must not have a path; the whole origin is the app's", app)
	}
	return nil
}

// proxyConfig is the JSON of a reverse_proxy to the app.
func proxyConfig(app string) (map[string]any, error) {
	target, err := url.Parse(app)
	if err != nil {
		return nil, err
	}
	transport := map[string]any{"protocol": "http", "keep_alive": map[string]any{"idle_timeout": upstreamKeepAlive}}
	port := "80"
	if target.Scheme == "https" {
		transport["tls"], port = map[string]any{}, "443"
	}
	if target.Port() != "" {
		port = target.Port()
	}
	return map[string]any{
		"upstreams":          []map[string]string{{"dial": net.JoinHostPort(target.Hostname(), port)}},
		"transport":          transport,
		"stream_close_delay": caddy.Duration(time.Hour),
		// browsers would take localhost for https-only, on every port
		"headers": map[string]any{"response": map[string]any{"delete": []string{"Strict-Transport-Security"}}},
	}, nil
}

// parseWebApp parses the directive. It takes no matcher: a folder's path would
// be taken for one. Syntax:
//
//	runner_app [<url>|<folder>] {
//	    hold <duration>
//	}
func parseWebApp(h httpcaddyfile.Helper) ([]httpcaddyfile.ConfigValue, error) {
	h.Next() // consume the directive's name
	a := new(WebApp)
	if h.NextArg() {
		a.App = h.Val()
	}
	if h.NextArg() {
		return nil, h.ArgErr()
	}
	if err := (options{"hold": duration(&a.Hold)}).parse(h.Dispenser, "runner_app"); err != nil {
		return nil, err
	}
	return h.NewRoute(nil, a), nil
}

var (
	_ caddy.Provisioner           = (*WebApp)(nil)
	_ caddyhttp.MiddlewareHandler = (*WebApp)(nil)
)

// origin.go contains Origin, which serves extensions that have an origin of
// their own.

package caddymodule

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"github.com/caddyserver/caddy/v2/caddyconfig/httpcaddyfile"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"github.com/same-origin/devproxy/caddymodule/internal/isolation"
	"github.com/same-origin/devproxy/caddymodule/internal/livereload"
)

func init() {
	caddy.RegisterModule(Origin{})
	httpcaddyfile.RegisterDirective("runner_origin", parseOrigin)
	httpcaddyfile.RegisterDirectiveOrder("runner_origin", httpcaddyfile.After, "templates")
}

// Origin serves each extension's UI under a host name of its own, such as
// `acme-hello.localhost` for `acme.hello`: its files and live reload, and
// nothing else. The app, the gateway and other extensions are not there.
// Every other host name and path answers 421 `wrong_origin`.
//
// It belongs on a site of the name `*.localhost`; the host app's site sends
// pages there once its `runner` directive says `isolation subdomain`.
type Origin struct {
	// Prefix is where the host app's site serves the runner. Default:
	// `/runner`.
	Prefix string `json:"prefix,omitempty"`

	// Hosts are the origins that may show extensions in a frame. Default:
	// localhost and 127.0.0.1 on the port and with the scheme of the request.
	Hosts []string `json:"hosts,omitempty"`

	handlers []*Handler
	control  *Control
}

// CaddyModule returns the Caddy module information.
func (Origin) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{ID: "http.handlers.runner_origin", New: func() caddy.Module { return new(Origin) }}
}

// Provision makes the handlers that it passes requests on to.
func (o *Origin) Provision(ctx caddy.Context) error {
	if o.Prefix == "" {
		o.Prefix = defaultPrefix
	}
	e, err := engineOf(ctx)
	if err != nil {
		return err
	}
	for _, prefix := range []string{o.Prefix, ""} {
		o.handlers = append(o.handlers, &Handler{Prefix: prefix, Isolation: string(isolation.Subdomain), hosts: o.Hosts, engine: e})
	}
	o.control = &Control{Prefix: o.Prefix, engine: e}
	return nil
}

func (o *Origin) ServeHTTP(w http.ResponseWriter, r *http.Request, next caddyhttp.Handler) error {
	id, ok := isolation.Extension(hostname(r))
	if !ok {
		return wrongOrigin("no extension has this name; its host app is on localhost").write(w, r)
	}
	for _, h := range o.handlers {
		if path, ui := strings.CutPrefix(r.URL.EscapedPath(), h.Prefix); ui && h.isOn(hostname(r), path) {
			return h.ServeHTTP(w, r, next)
		}
	}
	switch {
	case strings.HasPrefix(r.URL.Path, livereload.DefaultPrefix):
		return o.control.ServeHTTP(w, r, next)
	case r.URL.Path == "/":
		if page := o.page(id); page != nil {
			redirect(w, r, page)
			return nil
		}
	}
	return wrongOrigin("this is the origin of extension "+id+" and has its UI only, below "+o.Prefix+"/ext-ui/"+id+"/").write(w, r)
}

// isOn says whether path is about the extension whose origin host is.
func (h *Handler) isOn(host, path string) bool {
	id, isUI := extensionIn(path)
	if !isUI {
		return false
	}
	own, fault := h.ownHost(id)
	return fault == nil && strings.EqualFold(own, host)
}

// page is the address of a loaded extension's UI; nil when there is none.
func (o *Origin) page(id string) *url.URL {
	found, ok := o.control.engine.Installed(id)
	if !ok || found.UI == nil {
		return nil
	}
	page, err := url.Parse(found.UIURL(o.Prefix))
	if err != nil {
		return nil
	}
	return page
}

func wrongOrigin(message string) problem {
	return problem{http.StatusMisdirectedRequest, "wrong_origin", message}
}

// Validate checks the prefix, and the origins, which become a part of a policy.
func (o *Origin) Validate() error {
	if o.Prefix != "" && !isPrefix(o.Prefix) {
		return &prefixError{o.Prefix}
	}
	return checkOrigins(o.Hosts)
}

// parseOrigin parses the directive. Syntax:
//
//	runner_origin {
//	    prefix <path>        # as in the host app's site; default /runner
//	    hosts  <origin...>   # who may show extensions; default: localhost and 127.0.0.1
//	}
func parseOrigin(h httpcaddyfile.Helper) ([]httpcaddyfile.ConfigValue, error) {
	h.Next() // consume the directive's name
	if h.Option("runner") == nil {
		return nil, h.Err("there is no runner yet; add a runner block to the global options at the top of the Caddyfile")
	}
	if h.NextArg() {
		return nil, h.ArgErr()
	}
	o := new(Origin)
	err := options{
		"prefix": prefix(&o.Prefix),
		"hosts": func(d *caddyfile.Dispenser) error {
			if err := list(&o.Hosts)(d); err != nil {
				return err
			}
			if err := checkOrigins(o.Hosts); err != nil {
				return d.WrapErr(err)
			}
			return nil
		},
	}.parse(h.Dispenser, "runner_origin")
	if err != nil {
		return nil, err
	}
	return h.NewRoute(nil, o), nil
}

func checkOrigins(origins []string) error {
	bad := slices.IndexFunc(origins, func(origin string) bool {
		u, err := url.Parse(origin)
		return err != nil || u.Host == "" || origin != u.Scheme+"://"+u.Host || strings.ContainsAny(origin, " ;,'")
	})
	if bad < 0 {
		return nil
	}
	return &originError{origins[bad]}
}

type originError struct{ origin string }

func (e *originError) Error() string {
	return `"` + e.origin + `" is no origin; write one such as http://localhost:3000`
}

var (
	_ caddy.Provisioner           = (*Origin)(nil)
	_ caddy.Validator             = (*Origin)(nil)
	_ caddyhttp.MiddlewareHandler = (*Origin)(nil)
)

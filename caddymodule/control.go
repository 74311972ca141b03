package caddymodule

import (
	"net/http"
	"strings"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"github.com/same-origin/devproxy/caddymodule/internal/engine"
	"github.com/same-origin/devproxy/caddymodule/internal/isolation"
	"github.com/same-origin/devproxy/caddymodule/internal/livereload"
	"github.com/same-origin/devproxy/caddymodule/runnerstatus"
)

func init() { caddy.RegisterModule(Control{}) }

// controlPrefix is the reserved part of the origin.
const controlPrefix = "/__runner/"

// Control serves the reserved prefix `/__runner/`, read-only: an extension's
// iframe may share the origin, and must not be able to change anything. What
// live reload's pages need is below `/__runner/live/`, with a token.
//
//	GET /__runner/                    the dashboard; its data is below /__runner/dashboard/
//	GET /__runner/extensions          {"extensions":[…],"errors":[…]}
//	GET /__runner/extensions/events   the same as server-sent events named "extensions": at once, and whenever it changes
type Control struct {
	// Prefix is where the site serves the runner. Default: `/runner`.
	Prefix string `json:"prefix,omitempty"`

	// Isolation is the site's, see Handler: with `subdomain` the addresses of
	// UIs are those on the extensions' own origins. Default: `none`.
	Isolation string `json:"isolation,omitempty"`

	engine *engine.Engine
}

// CaddyModule returns the Caddy module information.
func (Control) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{ID: "http.handlers.runner_control", New: func() caddy.Module { return new(Control) }}
}

// Provision finds the engine.
func (c *Control) Provision(ctx caddy.Context) (err error) {
	c.engine, err = engineOf(ctx)
	return err
}

// Validate repeats, for JSON users, what the Caddyfile parser checks.
func (c *Control) Validate() error { return among("isolation", c.Isolation, isolation.Modes) }

func (c *Control) ServeHTTP(w http.ResponseWriter, r *http.Request, _ caddyhttp.Handler) error {
	if live := c.engine.Live(); live != nil && strings.HasPrefix(r.URL.Path, livereload.DefaultPrefix) {
		live.ServeHTTP(w, r)
		return nil
	}
	if !readOnly(w, r) {
		return nil
	}
	v := view(c.engine, c.Prefix)
	known := v.Snapshot
	v.Snapshot = func() runnerstatus.Snapshot { return c.usable(r, known()) }
	if c.Isolation == string(isolation.Subdomain) {
		v.Own = func(e runnerstatus.Extension) bool { return isOwn(r, e) }
	}
	if c.engine.Board().Serve(w, r, v) {
		return nil
	}
	w.Header().Set("Cache-Control", "no-store")
	switch strings.TrimPrefix(r.URL.Path, controlPrefix) {
	case "extensions":
		c.engine.Begun(r.Context())
		return writeJSON(w, http.StatusOK, listing(c.snapshot(r)))
	case "extensions/events":
		if r.Method == http.MethodGet { // a HEAD would have no end
			c.engine.Board().Watch(w, r, "extensions", func() any { return listing(c.snapshot(r)) })
		}
		return nil
	}
	return problem{http.StatusNotFound, "not_found", "there is nothing here; try " + controlPrefix + "extensions"}.write(w, r)
}

func (c *Control) snapshot(r *http.Request) runnerstatus.Snapshot {
	return c.usable(r, c.engine.Snapshot(c.Prefix))
}

// usable has the addresses as the page that asks can use them.
func (c *Control) usable(r *http.Request, s runnerstatus.Snapshot) runnerstatus.Snapshot {
	if c.Isolation == string(isolation.Subdomain) {
		for i := range s.Extensions {
			e := &s.Extensions[i]
			e.UIURL = onOwnOrigin(r, e.ID, e.UIURL)
		}
	}
	return s
}

// extensionList is the body of /__runner/extensions.
type extensionList struct {
	// Extensions are those that can be shown.
	Extensions []runnerstatus.Extension `json:"extensions"`
	// Errors are faults of folders, also of those that can still be shown
	// from their last good manifest.
	Errors []folderError `json:"errors"`
}

type folderError struct {
	Dir string `json:"dir"`
	runnerstatus.Fault
}

func listing(s runnerstatus.Snapshot) extensionList {
	list := extensionList{Extensions: []runnerstatus.Extension{}, Errors: []folderError{}}
	for _, e := range s.Extensions {
		if e.ID != "" {
			list.Extensions = append(list.Extensions, e)
		}
		if e.Error != nil {
			list.Errors = append(list.Errors, folderError{Dir: e.Dir, Fault: *e.Error})
		}
	}
	return list
}

var (
	_ caddy.Provisioner           = (*Control)(nil)
	_ caddy.Validator             = (*Control)(nil)
	_ caddyhttp.MiddlewareHandler = (*Control)(nil)
)

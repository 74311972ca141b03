// caddyfile_site.go contains the parser of the site directive `runner`.

package caddymodule

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"github.com/caddyserver/caddy/v2/caddyconfig/httpcaddyfile"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"github.com/same-origin/devproxy/caddymodule/internal/isolation"
)

// defaultPrefix is where a site serves the runner.
const defaultPrefix = "/runner"

func init() {
	httpcaddyfile.RegisterDirective("runner", parseSite)
	// after templates: before handle, respond and reverse_proxy, which would
	// answer /health themselves, and within header and encode
	httpcaddyfile.RegisterDirectiveOrder("runner", httpcaddyfile.After, "templates")
}

// site is what the directive says.
type site struct {
	prefix    string
	expose    []string
	gateway   bool
	maxBody   int64
	isolation string
}

// parseSite turns the directive into its routes. Syntax:
//
//	runner {
//	    prefix   <path>      # where the runner is served; default /runner
//	    expose   <path...>   # more of the runner's paths, such as /v1/execute or /assets/*
//	    gateway  on|off      # off where the app has its own /api/ext
//	    max_body <size>      # of a call through the gateway; default 10MiB
//	    isolation none|sandbox|subdomain  # of extensions' pages; default none
//	}
//
// It stands for /health, {prefix}/*, /ext-ui/*, /api/ext/* and /__runner/*.
func parseSite(h httpcaddyfile.Helper) ([]httpcaddyfile.ConfigValue, error) {
	h.Next() // consume the directive's name
	if h.Option("runner") == nil {
		return nil, h.Err("there is no runner yet; add a runner block to the global options at the top of the Caddyfile")
	}
	if h.NextArg() {
		return nil, h.ArgErr()
	}
	s := site{prefix: defaultPrefix, gateway: true}
	if err := s.parse(h.Dispenser); err != nil {
		return nil, err
	}
	return s.routes(), nil
}

func (s *site) parse(d *caddyfile.Dispenser) error {
	return options{
		"prefix":    s.parsePrefix,
		"expose":    s.parseExpose,
		"gateway":   onOff(&s.gateway),
		"isolation": oneOf(&s.isolation, isolation.Modes),
		"max_body": func(d *caddyfile.Dispenser) (err error) {
			s.maxBody, err = size(d)
			return err
		},
	}.parse(d, "runner")
}

func (s *site) parsePrefix(d *caddyfile.Dispenser) error {
	if err := text(&s.prefix)(d); err != nil {
		return err
	}
	s.prefix = strings.TrimRight(s.prefix, "/")
	if !strings.HasPrefix(s.prefix, "/") {
		return d.Errf("prefix must start with / and name a path, as in 'prefix /runner'")
	}
	return nil
}

func (s *site) parseExpose(d *caddyfile.Dispenser) error {
	var paths []string
	if err := list(&paths)(d); err != nil {
		return err
	}
	for _, path := range paths {
		if !strings.HasPrefix(path, "/") {
			return d.Errf("path %q must start with /", path)
		}
	}
	s.expose = append(s.expose, paths...)
	return nil
}

func (s *site) routes() []httpcaddyfile.ConfigValue {
	values := []httpcaddyfile.ConfigValue{
		route("/health", handlerJSON(Health{}, "runner_health")),
		route(s.prefix+"/*", handlerJSON(Handler{Prefix: s.prefix, Expose: s.expose, Isolation: s.isolation}, "runner")),
		route("/ext-ui/*", handlerJSON(Handler{Isolation: s.isolation}, "runner")),
		route(controlPrefix+"*", handlerJSON(Control{Prefix: s.prefix, Isolation: s.isolation}, "runner_control")),
	}
	if s.gateway {
		values = append(values, route("/api/ext/*", handlerJSON(Gateway{MaxBody: s.maxBody}, "runner_gateway")))
	}
	return values
}

func route(path string, handler json.RawMessage) httpcaddyfile.ConfigValue {
	return httpcaddyfile.ConfigValue{Class: "route", Value: caddyhttp.Route{
		MatcherSetsRaw: []caddy.ModuleMap{{"path": caddyconfig.JSON(caddyhttp.MatchPath{path}, nil)}},
		HandlersRaw:    []json.RawMessage{handler},
		Terminal:       true,
	}}
}

func handlerJSON(module any, name string) json.RawMessage {
	return caddyconfig.JSONModuleObject(module, "handler", name, nil)
}

func sorted(words []string) []string {
	slices.Sort(words)
	return words
}

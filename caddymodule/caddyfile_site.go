// caddyfile_site.go contains the parser of the site directive `runner`.

package caddymodule

import (
	"slices"
	"strings"

	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"github.com/caddyserver/caddy/v2/caddyconfig/httpcaddyfile"

	"github.com/same-origin/devproxy/caddymodule/internal/isolation"
)

func init() {
	httpcaddyfile.RegisterDirective("runner", parseSite)
	// after templates: before handle, respond and reverse_proxy, which would
	// answer /health themselves, and within header and encode
	httpcaddyfile.RegisterDirectiveOrder("runner", httpcaddyfile.After, "templates")
}

// parseSite turns the directive into its handler. Syntax:
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
	s := &Site{Prefix: defaultPrefix}
	if err := s.parse(h.Dispenser); err != nil {
		return nil, err
	}
	return h.NewRoute(nil, s), nil
}

func (s *Site) parse(d *caddyfile.Dispenser) error {
	gateway := true
	err := options{
		"prefix":    prefix(&s.Prefix),
		"expose":    s.parseExpose,
		"gateway":   onOff(&gateway),
		"isolation": oneOf(&s.Isolation, isolation.Modes),
		"max_body": func(d *caddyfile.Dispenser) (err error) {
			s.MaxBody, err = size(d)
			return err
		},
	}.parse(d, "runner")
	s.NoGateway = !gateway
	return err
}

// prefix parses the path that a site serves the runner at.
func prefix(into *string) func(*caddyfile.Dispenser) error {
	return func(d *caddyfile.Dispenser) error {
		if err := text(into)(d); err != nil {
			return err
		}
		written := *into
		if *into = strings.TrimRight(written, "/"); !isPrefix(*into) {
			return d.WrapErr(&prefixError{written})
		}
		return nil
	}
}

func (s *Site) parseExpose(d *caddyfile.Dispenser) error {
	var paths []string
	if err := list(&paths)(d); err != nil {
		return err
	}
	for _, path := range paths {
		if !strings.HasPrefix(path, "/") {
			return d.Errf("path %q must start with /", path)
		}
	}
	s.Expose = append(s.Expose, paths...)
	return nil
}

func sorted(words []string) []string {
	slices.Sort(words)
	return words
}

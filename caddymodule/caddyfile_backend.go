// caddyfile_backend.go contains the parser of what the global option says of
// backends.

package caddymodule

import (
	"maps"
	"strconv"
	"strings"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"

	"github.com/same-origin/devproxy/caddymodule/internal/knative"
	"github.com/same-origin/devproxy/caddymodule/internal/monitor"
)

// parseBackend parses one backend: a URL, a compose project, or a Knative
// service. Syntax:
//
//	backend <name> [<url>] [{
//	    url             [<url>]
//	    timeout         <duration>
//	    service_token   <token>
//	    monitor         { … }
//
//	    compose         [<file...>]
//	    project         <name>
//	    env_file        <file...>
//	    profile         <name...>
//	    keep            on|off
//
//	    service         [<namespace>/]<name>
//	    kubeconfig      <file>
//	    context         <name>
//	    host            <name>[:<port>]
//	    sni             <name>
//	    ca              <file>
//	    h2c             on|off
//	    connect_timeout <duration>
//	}]
func (a *App) parseBackend(d *caddyfile.Dispenser) error {
	args := d.RemainingArgs()
	if len(args) == 0 || len(args) > 2 {
		return d.Err("a backend needs a name and a URL, as in 'backend docker http://127.0.0.1:8085'")
	}
	if a.Backends[args[0]] != nil {
		return d.Errf("backend %q is defined already", args[0])
	}
	b := new(Backend)
	if len(args) == 2 {
		b.URL = args[1]
	}
	if err := b.parse(d); err != nil {
		return err
	}
	if args[0] == embeddedName && (b.URL != "" || b.Compose != nil || b.Knative != nil) {
		return d.Err("the embedded backend runs in this process and takes no URL")
	}
	if err := b.validate(args[0]); err != nil {
		return d.WrapErr(err)
	}
	a.addBackend(args[0], b)
	return nil
}

// parse reads the block. Words of compose, or of Knative, make it one.
func (b *Backend) parse(d *caddyfile.Dispenser) error {
	c, k := new(Compose), new(Knative)
	words := options{
		"url":           optional(&b.URL),
		"timeout":       duration(&b.Timeout),
		"service_token": text(&b.ServiceToken),
		"monitor":       parseMonitor(&b.Monitor),
	}
	maps.Copy(words, marking(func() { b.Compose = c }, options{
		// none is no error: the list may come from an environment variable
		"compose":  func(d *caddyfile.Dispenser) error { c.Files = append(c.Files, d.RemainingArgs()...); return nil },
		"project":  optional(&c.Project),
		"env_file": list(&c.EnvFiles),
		"profile":  list(&c.Profiles),
		"keep":     onOff(&c.Keep),
	}))
	maps.Copy(words, marking(func() { b.Knative = k }, options{
		"service": parseService(&k.Service), "kubeconfig": optional(&k.Kubeconfig), "context": optional(&k.Context), "host": optional(&k.Host), "sni": optional(&k.SNI),
		"ca": optional(&k.CA), "h2c": onOff(&k.H2C), "connect_timeout": duration(&k.ConnectTimeout),
	}))
	return words.parse(d, "backend")
}

// marking calls mark when one of the words is met.
func marking(mark func(), words options) options {
	for word, option := range words {
		words[word] = func(d *caddyfile.Dispenser) error { mark(); return option(d) }
	}
	return words
}

func parseService(into *string) func(*caddyfile.Dispenser) error {
	return func(d *caddyfile.Dispenser) error {
		if err := optional(into)(d); err != nil {
			return err
		}
		if *into == "" || isPlaceholder(*into) {
			return nil
		}
		if _, err := knative.ParseRef(*into); err != nil {
			return d.WrapErr(err)
		}
		return nil
	}
}

// parseMonitor parses how a backend is watched. Syntax:
//
//	monitor {
//	    optional         on|off
//	    retry_base_delay <duration>
//	    retry_max_delay  <duration>
//	    retry_jitter     <duration>|0
//	    probe_interval   <duration>
//	    probe_timeout    <duration>
//	    max_retries      <n>
//	}
func parseMonitor(into **Monitor) func(*caddyfile.Dispenser) error {
	return func(d *caddyfile.Dispenser) error {
		if d.NextArg() {
			return d.ArgErr()
		}
		m := new(Monitor)
		*into = m
		return options{
			"optional":         boolean(&m.Optional),
			"retry_base_delay": duration(&m.RetryBaseDelay),
			"retry_max_delay":  duration(&m.RetryMaxDelay),
			"retry_jitter":     jitter(&m.RetryJitter),
			"probe_interval":   duration(&m.ProbeInterval),
			"probe_timeout":    duration(&m.ProbeTimeout),
			"max_retries":      func(d *caddyfile.Dispenser) error { m.MaxRetries = new(int); return count(m.MaxRetries)(d) },
		}.parse(d, "monitor")
	}
}

// boolean parses what the variables of the monitor may say, too.
func boolean(into **bool) func(*caddyfile.Dispenser) error {
	return func(d *caddyfile.Dispenser) error {
		var value string
		if !d.AllArgs(&value) {
			return d.ArgErr()
		}
		parsed, err := monitor.ParseBool(value)
		if err != nil {
			return d.WrapErr(err)
		}
		*into = &parsed
		return nil
	}
}

// jitter is the one duration that may be 0.
func jitter(into **caddy.Duration) func(*caddyfile.Dispenser) error {
	return func(d *caddyfile.Dispenser) error {
		var value string
		if !d.AllArgs(&value) {
			return d.ArgErr()
		}
		parsed, err := caddy.ParseDuration(value)
		if err != nil || parsed < 0 {
			return d.Errf("%q is no duration; write one such as 250ms, or 0", value)
		}
		*into = new(caddy.Duration)
		**into = caddy.Duration(parsed)
		return nil
	}
}

// count parses a whole number, 0 included.
func count(into *int) func(*caddyfile.Dispenser) error {
	return func(d *caddyfile.Dispenser) error {
		var value string
		if !d.AllArgs(&value) {
			return d.ArgErr()
		}
		n, err := strconv.Atoi(strings.TrimSpace(value))
		if err != nil || n < 0 {
			return d.Errf("%q is no number; write 0 or more", value)
		}
		*into = n
		return nil
	}
}

// parseEmulate parses how a Knative service is stood in for. Syntax:
//
//	emulate knative|off [{
//	    scale_down_after <duration>
//	    cold_start       <duration>
//	    keep_one         on|off
//	    concurrency      <n>
//	    queue            <n>
//	    timeout          <duration>
//	}]
func (a *App) parseEmulate(d *caddyfile.Dispenser) error {
	var what string
	if !d.Args(&what) {
		return d.ArgErr()
	}
	if err := among("emulate", what, []string{knativeName, "off"}); err != nil {
		return d.WrapErr(err)
	}
	if d.NextArg() {
		return d.ArgErr()
	}
	e := new(Emulate)
	if what == knativeName {
		a.Emulate = e
	}
	return options{
		"scale_down_after": duration(&e.ScaleDownAfter),
		"cold_start":       duration(&e.ColdStart),
		"keep_one":         onOff(&e.KeepOne),
		"concurrency":      count(&e.Concurrency),
		"queue":            count(&e.Queue),
		"timeout":          duration(&e.Timeout),
	}.parse(d, "emulate")
}

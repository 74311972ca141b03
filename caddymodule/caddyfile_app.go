// caddyfile_app.go contains the parser of the global option `runner`.

package caddymodule

import (
	"maps"
	"strings"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"github.com/caddyserver/caddy/v2/caddyconfig/httpcaddyfile"
	"github.com/dustin/go-humanize"
)

func init() { httpcaddyfile.RegisterGlobalOption("runner", parseGlobal) }

func parseGlobal(d *caddyfile.Dispenser, existing any) (any, error) {
	if existing != nil {
		d.Next()
		return nil, d.Err("runner is configured already; keep one runner block")
	}
	app := new(App)
	if err := app.UnmarshalCaddyfile(d); err != nil {
		return nil, err
	}
	return httpcaddyfile.App{Name: "runner", Value: caddyconfig.JSON(app, nil)}, nil
}

// options parse one word each; the word itself is the dispenser's value.
type options map[string]func(*caddyfile.Dispenser) error

// parse reads a block of options and knows what to say of other words.
func (o options) parse(d *caddyfile.Dispenser, what string) error {
	for nesting := d.Nesting(); d.NextBlock(nesting); {
		option, ok := o[d.Val()]
		if !ok {
			return d.Errf("unrecognized %s option %q%s", what, d.Val(), didYouMean(d.Val(), o.words()))
		}
		if err := option(d); err != nil {
			return err
		}
	}
	return nil
}

func (o options) words() []string {
	words := make([]string, 0, len(o))
	for word := range o {
		words = append(words, word)
	}
	return sorted(words)
}

// UnmarshalCaddyfile sets up the app from Caddyfile tokens. Syntax:
//
//	runner {
//	    state_dir     <path>
//	    cache_dir     <path>
//	    default       <backend>|<url>
//	    backend       <name> [<url>] [{
//	        …                        # see parseBackend
//	    }]
//	    monitor {
//	        …                        # see monitorOptions
//	    }
//	    emulate       knative|off [{
//	        …                        # see parseEmulate
//	    }]
//	    public_base   <path>|<url>
//	    extension     <dir...> [{
//	        tenant    <id>
//	        secret    <name> <value>
//	        config    <name> <value>
//	        build     <command>|off
//	        build_ui  <command>
//	        build_handler <command>
//	        outputs   <path...>
//	        handler   <path>
//	        source    on|off|strict
//	        artefact  on|off
//	        build_container <image>|service:<name> [{
//	            command  <command...>
//	            output   <folder...>
//	            timeout  <duration>
//	            snapshot on|off
//	            memory   <size>
//	        }]
//	    }]
//	    egress        <host...>
//	    service_token <token>
//	    timeout       <duration>
//	    hold          <duration>
//	    asset_cache   <size>|off
//	    limits {
//	        timeout   <duration>
//	        memory    <size>
//	    }
//	    watch         on|poll|off
//	    history       <builds>
//	    record        on|off
//	    live_reload   hot|full|off [{
//	        overlay   on|off
//	        badge     on|off
//	        console   on|off
//	        editor    <command>
//	    }]
//	}
func (a *App) UnmarshalCaddyfile(d *caddyfile.Dispenser) error {
	d.Next() // consume the option's name
	if d.NextArg() {
		return d.ArgErr()
	}
	var defaultAt caddyfile.Token
	err := options{
		"state_dir":     text(&a.StateDir),
		"cache_dir":     text(&a.CacheDir),
		"default":       func(d *caddyfile.Dispenser) error { err := text(&a.Default)(d); defaultAt = d.Token(); return err },
		"backend":       a.parseBackend,
		"monitor":       parseMonitor(&a.Monitor),
		"emulate":       a.parseEmulate,
		"public_base":   optional(&a.PublicBase),
		"extension":     a.parseExtension,
		"egress":        list(&a.Egress),
		"service_token": text(&a.ServiceToken),
		"timeout":       duration(&a.Timeout),
		"hold":          duration(&a.Hold),
		"asset_cache":   a.parseAssetCache,
		"limits":        a.parseLimits,
		"watch":         oneOf(&a.Watch, watchModes),
		"history":       a.parseHistory,
		"record":        oneOf(&a.Record, recordModes),
		"live_reload":   a.parseLiveReload,
	}.parse(d, "runner")
	if err != nil {
		return err
	}
	if a.Default != "" && a.Default != embeddedName && a.Backends[a.Default] == nil && !strings.Contains(a.Default, "://") {
		return errorAt(defaultAt, "default backend %q is not defined%s", a.Default, didYouMean(a.Default, a.backendNames()))
	}
	return nil
}

// optional parses an option whose argument may be missing, as that of an
// environment variable that is not set.
func optional(into *string) func(*caddyfile.Dispenser) error {
	return func(d *caddyfile.Dispenser) error {
		if d.NextArg() {
			*into = d.Val()
		}
		if d.NextArg() {
			return d.ArgErr()
		}
		return nil
	}
}

func onOff(into *bool) func(*caddyfile.Dispenser) error {
	return func(d *caddyfile.Dispenser) error {
		var value string
		word := d.Val()
		if !d.AllArgs(&value) {
			return d.ArgErr()
		}
		if value != "on" && value != "off" {
			return d.Errf("%s is on or off, not %q", word, value)
		}
		*into = value == "on"
		return nil
	}
}

func (a *App) parseExtension(d *caddyfile.Dispenser) error {
	dirs := d.RemainingArgs()
	e := Extension{Secrets: map[string]string{}, Config: map[string]string{}}
	words := options{"tenant": text(&e.Tenant), "secret": pair(e.Secrets), "config": pair(e.Config)}
	maps.Copy(words, e.buildOptions())
	err := words.parse(d, "extension")
	if err != nil {
		return err
	}
	// none is no error: the list may come from an environment variable
	for _, dir := range dirs {
		one := e
		one.Dir = dir
		a.Extensions = append(a.Extensions, &one)
	}
	return nil
}

func (a *App) parseLimits(d *caddyfile.Dispenser) error {
	if d.NextArg() {
		return d.ArgErr()
	}
	a.Limits = new(Limits)
	return options{
		"timeout": duration(&a.Limits.Timeout),
		"memory": func(d *caddyfile.Dispenser) error {
			bytes, err := size(d)
			a.Limits.MemoryMB = bytes >> 20
			if err == nil && a.Limits.MemoryMB == 0 {
				return d.Err("memory must be at least 1MiB")
			}
			return err
		},
	}.parse(d, "limits")
}

func (a *App) parseAssetCache(d *caddyfile.Dispenser) error {
	var value string
	if !d.AllArgs(&value) {
		return d.ArgErr()
	}
	if value == "off" {
		a.AssetCache = -1
		return nil
	}
	bytes, err := humanize.ParseBytes(value)
	if err != nil || bytes == 0 {
		return d.Errf("asset_cache is off or a size such as 64MiB, not %q", value)
	}
	a.AssetCache = int64(bytes)
	return nil
}

// text parses an option with one argument.
func text(into *string) func(*caddyfile.Dispenser) error {
	return func(d *caddyfile.Dispenser) error {
		if !d.AllArgs(into) {
			return d.ArgErr()
		}
		return nil
	}
}

// list parses an option with one argument or more.
func list(into *[]string) func(*caddyfile.Dispenser) error {
	return func(d *caddyfile.Dispenser) error {
		args := d.RemainingArgs()
		if len(args) == 0 {
			return d.ArgErr()
		}
		*into = append(*into, args...)
		return nil
	}
}

func pair(into map[string]string) func(*caddyfile.Dispenser) error {
	return func(d *caddyfile.Dispenser) error {
		var name, value string
		if !d.AllArgs(&name, &value) {
			return d.ArgErr()
		}
		into[name] = value
		return nil
	}
}

func duration(into *caddy.Duration) func(*caddyfile.Dispenser) error {
	return func(d *caddyfile.Dispenser) error {
		var value string
		if !d.AllArgs(&value) {
			return d.ArgErr()
		}
		parsed, err := caddy.ParseDuration(value)
		if err != nil || parsed <= 0 {
			return d.Errf("%q is no duration above 0; write one such as 5s", value)
		}
		*into = caddy.Duration(parsed)
		return nil
	}
}

func size(d *caddyfile.Dispenser) (int64, error) {
	var value string
	if !d.AllArgs(&value) {
		return 0, d.ArgErr()
	}
	bytes, err := humanize.ParseBytes(value)
	if err != nil {
		return 0, d.Errf("%q is no size; write one such as 10MiB", value)
	}
	return int64(bytes), nil
}

// errorAt is an error at a token that has been passed.
func errorAt(token caddyfile.Token, format string, args ...any) error {
	d := caddyfile.NewDispenser([]caddyfile.Token{token})
	d.Next()
	return d.Errf(format, args...)
}

var _ caddyfile.Unmarshaler = (*App)(nil)

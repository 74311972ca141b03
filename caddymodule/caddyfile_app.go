// caddyfile_app.go contains the parser of the global option `runner`.

package caddymodule

import (
	"maps"
	"os"
	"strings"

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
//	            secret   <variable...>
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
	if a.Default == "" || a.Default == os.Getenv(EnvBackend) || strings.Contains(a.Default, "://") {
		return nil // the variable goes over the file, and is checked by itself
	}
	if err := a.checkDefault(); err != nil {
		return errorAt(defaultAt, "%w", err)
	}
	return nil
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

var _ caddyfile.Unmarshaler = (*App)(nil)

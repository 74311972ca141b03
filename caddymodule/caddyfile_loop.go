// caddyfile_loop.go contains the parser of the options of the change loop.

package caddymodule

import (
	"slices"
	"strconv"

	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
)

// buildOptions are the words of an extension's block about its build.
func (e *Extension) buildOptions() options {
	b := new(Build)
	// the block has a build only when it says something of one
	set := func(option func(*caddyfile.Dispenser) error) func(*caddyfile.Dispenser) error {
		return func(d *caddyfile.Dispenser) error { e.Build = b; return option(d) }
	}
	return options{
		"build": set(func(d *caddyfile.Dispenser) error {
			var command string
			if !d.AllArgs(&command) {
				return d.Err(`build takes one command, in quotes if it has spaces, as in build "npm run build", or off`)
			}
			if b.Off = command == "off"; !b.Off {
				b.Command = command
			}
			return nil
		}),
		"build_ui":      set(text(&b.UI)),
		"build_handler": set(text(&b.Handler)),
		"outputs":       set(list(&b.Outputs)),
		"handler":       set(text(&b.Entry)),
		"source":        set(oneOf(&b.Source, sourceModes)),
		"artefact":      set(not(&b.NoArtefact)),
		"build_container": set(func(d *caddyfile.Dispenser) error {
			if b.Container != nil {
				return d.Err("build_container is there already; keep one")
			}
			b.Container = new(BuildContainer)
			return b.Container.parse(d)
		}),
	}
}

func (a *App) parseHistory(d *caddyfile.Dispenser) error {
	var value string
	if !d.AllArgs(&value) {
		return d.ArgErr()
	}
	n, err := strconv.Atoi(value)
	if err != nil || n < 1 {
		return d.Errf("history is how many builds are kept, 1 or more, not %q", value)
	}
	a.History = n
	return nil
}

func (a *App) parseLiveReload(d *caddyfile.Dispenser) error {
	l := new(LiveReload)
	a.LiveReload = l
	if args := d.CountRemainingArgs(); args > 1 {
		return d.ArgErr()
	}
	if d.NextArg() {
		if l.Mode = d.Val(); !slices.Contains(reloadModes, l.Mode) {
			return d.Errf("%w", among("live_reload", l.Mode, reloadModes))
		}
	}
	return options{
		"overlay": not(&l.NoOverlay),
		"badge":   not(&l.NoBadge),
		"console": not(&l.NoConsole),
		"editor":  optional(&l.Editor),
	}.parse(d, "live_reload")
}

// not parses on or off for what is on by default.
func not(into *bool) func(*caddyfile.Dispenser) error {
	return func(d *caddyfile.Dispenser) error {
		on := false
		err := onOff(&on)(d)
		*into = !on
		return err
	}
}

// oneOf parses an option whose argument is one of words.
func oneOf(into *string, words []string) func(*caddyfile.Dispenser) error {
	return func(d *caddyfile.Dispenser) error {
		name := d.Val()
		if !d.AllArgs(into) {
			return d.ArgErr()
		}
		if !slices.Contains(words, *into) {
			return d.Errf("%w", among(name, *into, words))
		}
		return nil
	}
}

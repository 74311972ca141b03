// caddyfile_options.go contains the pieces that the Caddyfile parsers are made of.

package caddymodule

import (
	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"github.com/dustin/go-humanize"
)

// options parse one word each; the word itself is the dispenser's value.
type options map[string]func(*caddyfile.Dispenser) error

// parse reads a block of options and knows what to say of other words.
func (o options) parse(d *caddyfile.Dispenser, what string) error {
	for nesting := d.Nesting(); d.NextBlock(nesting); {
		option, ok := o[d.Val()]
		if !ok {
			return d.Errf("unrecognized %s option %.100q%s", what, d.Val(), didYouMean(d.Val(), o.words()))
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

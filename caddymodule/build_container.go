// build_container.go contains the option that has an extension built in a
// container: its JSON, its Caddyfile words, and what it means to the loop.

package caddymodule

import (
	"errors"
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"

	"github.com/same-origin/devproxy/caddymodule/internal/build"
	"github.com/same-origin/devproxy/compose/expression"
	"github.com/same-origin/devproxy/compose/launcher"
)

// BuildContainer is where the commands of a build run: each in a container of
// its own, which has the extension's folder at /src and cannot write to it.
type BuildContainer struct {
	// Image is the container's, such as `node:22`. Placeholders are resolved at
	// start.
	Image string `json:"image,omitempty"`

	// Service of the compose project, in place of an image: it is that
	// service's, built when it has a build.
	Service string `json:"service,omitempty"`

	// Command builds all of the extension; one word of it runs in a shell,
	// several as they are. Default: the commands that would run here.
	Command []string `json:"command,omitempty"`

	// Outputs are the folders, relative to the extension's, that the commands
	// write to and that come back. They are empty when a build begins. Default:
	// `dist`.
	Outputs []string `json:"outputs,omitempty"`

	// Timeout is when a build is killed. Default: 10m.
	Timeout caddy.Duration `json:"timeout,omitempty"`

	// NoSnapshot starts each build from the image, rather than from what the
	// last good one left in its files, such as caches. Default: false.
	NoSnapshot bool `json:"no_snapshot,omitempty"`

	// Secrets are names of environment variables of devproxy's own, such as
	// `NPM_TOKEN`, that the commands get. Their values are in no log, label or
	// snapshot.
	Secrets []string `json:"secrets,omitempty"`

	// MemoryMB is what the container may use, in MiB. Default: 4096.
	MemoryMB int64 `json:"memory_mb,omitempty"`
}

// parse reads the option's arguments and its block.
func (c *BuildContainer) parse(d *caddyfile.Dispenser) error {
	var what string
	if !d.Args(&what) || d.NextArg() {
		return d.Err("build_container takes an image, as in 'build_container node:22', or a service, as in 'build_container service:web'")
	}
	if service, ok := strings.CutPrefix(what, "service:"); ok {
		c.Service = service
	} else {
		c.Image = what
	}
	err := options{
		"command":  list(&c.Command),
		"output":   list(&c.Outputs),
		"secret":   list(&c.Secrets),
		"timeout":  duration(&c.Timeout),
		"snapshot": not(&c.NoSnapshot),
		"memory": func(d *caddyfile.Dispenser) error {
			bytes, err := size(d)
			c.MemoryMB = bytes >> 20
			if err == nil && c.MemoryMB < leastMemoryMB {
				return d.Errf("memory must be at least %dMiB", leastMemoryMB)
			}
			return err
		},
	}.parse(d, "build_container")
	if err != nil {
		return err
	}
	if err := c.validate(); err != nil {
		return d.WrapErr(err)
	}
	return nil
}

// variableName is what a secret is called.
var variableName = expression.WhenNeeded(`^[A-Za-z_][A-Za-z0-9_]*$`)

// leastMemoryMB is what engines allow a container.
const leastMemoryMB = 6

var errCommandTwice = errors.New("build and the command of build_container say the same; keep one")

func (b *Build) validateContainer() error {
	if b.Container == nil {
		return nil
	}
	if b.Off {
		return errors.New("build off and build_container exclude each other; keep one")
	}
	if b.Command != "" && len(b.Container.Command) > 0 {
		return errCommandTwice
	}
	return b.Container.validate()
}

func (c *BuildContainer) validate() error {
	if (c.Image == "") == (c.Service == "") {
		return errors.New("build_container needs an image or a service, and not both")
	}
	if c.Timeout < 0 || (c.MemoryMB != 0 && c.MemoryMB < leastMemoryMB) {
		return fmt.Errorf("build_container: timeout must be above 0 and memory at least %dMiB", leastMemoryMB)
	}
	if slices.Contains(c.Command, "") {
		return errors.New("build_container: a word of its command is empty")
	}
	for _, name := range c.Secrets {
		if !variableName().MatchString(name) {
			return fmt.Errorf("secret %q is no name of a variable; name one such as NPM_TOKEN, never its value", name)
		}
		if launcher.Withheld(name) {
			return fmt.Errorf("secret %s is devproxy's own, and given to no build", name)
		}
	}
	for _, output := range c.Outputs {
		if clean := path.Clean(filepath.ToSlash(output)); clean == "." || !filepath.IsLocal(filepath.FromSlash(clean)) {
			return fmt.Errorf("output %q is no folder below the extension's; name one such as dist", output)
		}
	}
	return nil
}

// settings are what the loop takes; nil for none.
func (c *BuildContainer) settings(resolve func(string) string) *build.Container {
	if c == nil {
		return nil
	}
	out := &build.Container{
		Image: resolve(c.Image), Service: resolve(c.Service), Outputs: c.Outputs,
		Timeout: time.Duration(c.Timeout), Snapshot: !c.NoSnapshot, Memory: c.MemoryMB << 20, Secrets: c.Secrets,
	}
	for _, word := range c.Command {
		out.Command = append(out.Command, resolve(word))
	}
	return out
}

package build

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/same-origin/devproxy/caddymodule/internal/event"
)

// Container says where commands run that are not to run on this machine.
type Container struct {
	// Image, or the Service of the compose project whose image it is.
	Image, Service string
	// Command builds both targets, one word of it in a shell. Default: the
	// commands that would run on this machine.
	Command []string
	// Outputs are the folders that come back, relative to the extension's; they
	// are empty when a build begins. Default: dist.
	Outputs  []string
	Timeout  time.Duration
	Snapshot bool  // the next build starts with the container's files
	Memory   int64 // bytes; 0 for the default
	// Secrets are names of variables of this process that the commands get.
	Secrets []string
}

// Name is what people call the container: its image or service.
func (c Container) Name() string {
	if c.Service != "" {
		return "service:" + c.Service
	}
	return c.Image
}

// Runner carries out the commands of builds, as [Execute] does on this machine.
type Runner interface {
	Run(ctx context.Context, c Command, out func(line string)) Result
}

// Here runs commands on this machine.
type Here struct{}

// Run is [Execute].
func (Here) Run(ctx context.Context, c Command, out func(line string)) Result {
	return Execute(ctx, c, out)
}

// names says that a container comes with its own command.
func (c *Container) names() bool { return c != nil && len(c.Command) > 0 }

func (c *Container) command(dir string) Command {
	if len(c.Command) == 1 {
		return Shell(dir, c.Command[0])
	}
	return Command{Dir: dir, Args: slices.Clone(c.Command)}
}

// contain says of each command that it runs in the container.
func (p *Plan) contain(c *Container) error {
	if c == nil {
		return nil
	}
	found := false
	for _, step := range []*Step{&p.UI, &p.Handler} {
		if step.Kind == Run {
			found = true
			step.Why = cmp.Or(step.Why, "build") + " in " + c.Name()
		}
	}
	if !found {
		return &Error{event.Problem{Code: CodeSettings, Message: "there is no command that build_container could run",
			Fix: "name one with `command` in the block of build_container, or a script `build` in package.json"}}
	}
	return nil
}

// Interface guards
var _ Runner = Here{}

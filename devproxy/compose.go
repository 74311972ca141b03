package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/same-origin/devproxy/caddymodule/runnerstatus"
	"github.com/same-origin/devproxy/compose/docker"
	composefile "github.com/same-origin/devproxy/compose/project"
	"github.com/same-origin/devproxy/compose/spelling"
	"github.com/same-origin/devproxy/compose/stack"
)

// composeFlags name a compose project; without them it is the one that the
// running devproxy has, or that an earlier one left.
type composeFlags struct {
	files []string
	name  string
}

// add registers the flags; `logs` keeps -f for itself.
func (f *composeFlags) add(flags *pflag.FlagSet, short string) {
	flags.StringArrayVarP(&f.files, "file", short, nil, "compose file, repeatable (default: those of the running devproxy, or of the last one)")
	flags.StringVarP(&f.name, "project-name", "p", "", "name of the compose project")
}

// opened is a compose project in its engine.
type opened struct {
	*stack.Stack
	running *runnerstatus.Snapshot // nil when no devproxy runs
}

func (o *opened) close() { _ = o.Engine.Close() } // idle connections only

// open finds the project that a command is about.
func (f *composeFlags) open(ctx context.Context) (*opened, error) {
	p, err := findRunning()
	if err != nil {
		return nil, err
	}
	running, err := runningState(ctx, p)
	if err != nil {
		return nil, err
	}
	// what an earlier devproxy left is not what the user asks about now
	if len(f.files) == 0 && running != nil && running.Compose == nil && isStarting(noProject(running)) {
		return nil, noProject(running)
	}
	return f.openOf(ctx, p, running)
}

// openOf opens it for a caller that has asked the running devproxy already.
func (f *composeFlags) openOf(ctx context.Context, p project, running *runnerstatus.Snapshot) (*opened, error) {
	known, stored := f.named(p, running), p.storedCompose()
	engine, err := connect(ctx, known)
	if err != nil && known == nil && stored == nil {
		return nil, noProject(running)
	}
	if err != nil {
		return nil, dockerFault(err)
	}
	if known == nil {
		known, err = leftBehind(ctx, engine, p.instance())
	}
	var s *stack.Stack
	switch of := cmp.Or(known, stored); {
	case err != nil:
	case of == nil:
		err = noProject(running)
	default:
		s, err = loadStack(ctx, p, of, f.name, engine)
	}
	if err != nil {
		_ = engine.Close() // idle connections only
		return nil, dockerFault(err)
	}
	return &opened{s, running}, nil
}

// named is the project that the flags or the running devproxy name, else nil.
func (f *composeFlags) named(p project, running *runnerstatus.Snapshot) *runnerstatus.Project {
	of := &runnerstatus.Project{Instance: p.instance()}
	if running != nil && running.Compose != nil {
		of = running.Compose
	}
	if len(f.files) > 0 {
		return &runnerstatus.Project{Files: f.files, Instance: of.Instance, Engine: of.Engine}
	}
	if of.Name == "" {
		return nil
	}
	return of
}

// runningState is nil when no devproxy runs.
func runningState(ctx context.Context, p project) (*runnerstatus.Snapshot, error) {
	s := new(runnerstatus.Snapshot)
	err := newAdmin(p).status(ctx, s)
	if f := new(fault); errors.As(err, &f) && f.Code == "not_running" {
		return nil, nil
	}
	return s, err
}

// loadStack reads the files and prepares the stack.
func loadStack(ctx context.Context, of project, c *runnerstatus.Project, name string, engine *docker.Engine) (*stack.Stack, error) {
	p, err := composefile.Load(ctx, composefile.Options{
		WorkingDir: c.Dir, Files: c.Files, Name: cmp.Or(name, c.Name), EnvFiles: c.EnvFiles, Profiles: c.Profiles,
	})
	if err != nil {
		return nil, err
	}
	runner := c.Service
	if runner == "" {
		service, err := p.Runner()
		if err != nil {
			return nil, err
		}
		runner = service.Name
	}
	return stack.New(stack.Options{Engine: engine, Project: p, Instance: c.Instance, Runner: runner, StateDir: of.dockerState()})
}

// checkService refuses a name that the project does not have.
func (o *opened) checkService(name string) error {
	services := o.Project.Compose.ServiceNames()
	if slices.Contains(services, name) {
		return nil
	}
	fix := "name one of " + strings.Join(services, ", ")
	if near := spelling.Nearest(name, services); near != "" {
		fix = fmt.Sprintf("did you mean %s? The project has %s", near, strings.Join(services, ", "))
	}
	return usageFault("service_unknown", fix, "project %s has no service %q", o.Project.Compose.Name, name)
}

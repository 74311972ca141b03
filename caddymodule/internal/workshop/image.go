package workshop

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/same-origin/devproxy/caddymodule/internal/build"
	"github.com/same-origin/devproxy/caddymodule/internal/event"
	"github.com/same-origin/devproxy/compose/docker"
	"github.com/same-origin/devproxy/compose/project"
)

// image gives the image that a build starts from; local says that it is made
// here. That of a service is built first, which takes its cache where nothing
// changed.
func (r *room) image(ctx context.Context, printed io.Writer) (name string, local bool, err error) {
	if r.container.Service == "" {
		return r.container.Image, false, nil
	}
	p, err := project.Load(ctx, r.workshop.config().Project)
	if err != nil {
		return "", false, err
	}
	service, known := p.Compose.Services[r.container.Service]
	if !known {
		names := p.Compose.ServiceNames()
		slices.Sort(names)
		return "", false, &build.Error{Problem: event.Problem{
			Code: build.CodeSettings, Message: fmt.Sprintf("build_container names service %q, which the compose project %s has not", r.container.Service, p.Compose.Name),
			Fix: "name one of its services: " + strings.Join(names, ", "),
		}}
	}
	if service.Build == nil {
		return service.Image, false, nil
	}
	if name = service.Image; name == "" {
		name = p.Compose.Name + "-" + service.Name
	}
	_, err = r.workshop.engine.Build(ctx, docker.BuildSpec{
		Tag: name, Build: *service.Build, Platform: service.Platform,
		Progress: func(e docker.BuildEvent) { _, _ = printed.Write(e.Output) }, // it takes everything
	})
	return name, true, err
}

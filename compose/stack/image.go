package stack

import (
	"context"

	"github.com/compose-spec/compose-go/v2/types"

	"github.com/same-origin/devproxy/compose/docker"
)

// image makes sure the service's image is there, builds it when the service says
// how, and returns its id.
func (s *Stack) image(ctx context.Context, service types.ServiceConfig) (string, error) {
	name := imageName(s.Project.Compose, service)
	if service.Build != nil && service.PullPolicy != types.PullPolicyAlways {
		return s.build(ctx, name, service)
	}
	found, err := s.Engine.InspectImage(ctx, name)
	missing := docker.Is(err, docker.CodeImageNotFound)
	wanted := service.PullPolicy == types.PullPolicyAlways || (missing && service.PullPolicy != types.PullPolicyNever)
	if !wanted {
		return found.ID, err
	}
	work := s.begin(Pulling, name)
	defer work.End()
	if err := s.Engine.PullImage(ctx, name, service.Platform, pulled(work)); err != nil {
		return "", err
	}
	found, err = s.Engine.InspectImage(ctx, name)
	return found.ID, err
}

func (s *Stack) build(ctx context.Context, name string, service types.ServiceConfig) (string, error) {
	work := s.begin(Building, service.Name)
	defer work.End()
	id, err := s.Engine.Build(ctx, docker.BuildSpec{
		Tag: name, Build: *service.Build, Platform: service.Platform, Labels: s.ours(service.Name),
		Progress: func(event docker.BuildEvent) {
			reached(work, event)
			s.Build(service.Name, event)
		},
	})
	if err != nil || id != "" {
		return id, err
	}
	// Engines that report no id still have the tag.
	found, err := s.Engine.InspectImage(ctx, name)
	return found.ID, err
}

package stack

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/same-origin/devproxy/compose/docker"
)

// Restart restarts a service from the image it runs: the runner by another
// generation, so without a gap; any other by a stop and a start.
func (s *Stack) Restart(ctx context.Context, service string) error {
	if service == s.Runner {
		if live := s.Live(); live != nil {
			_, err := s.DeployImage(ctx, live.ImageID)
			return err
		}
		_, err := s.Deploy(ctx)
		return err
	}
	c, err := s.container(ctx, service)
	if err != nil {
		return err
	}
	if err := s.Engine.StopContainer(ctx, c.ID, s.grace(service)); err != nil {
		return err
	}
	return s.start(ctx, c.ID)
}

// Exec runs a command in a service's container, the live one of the runner, and
// returns its exit code.
func (s *Stack) Exec(ctx context.Context, service string, spec docker.ExecSpec) (int, error) {
	c, err := s.container(ctx, service)
	if err != nil {
		return 0, err
	}
	return s.Engine.Exec(ctx, c.ID, spec)
}

// container is the one that stands for a service: the live one, else the newest
// that runs, else the newest.
func (s *Stack) container(ctx context.Context, service string) (docker.Container, error) {
	if _, known := s.Project.Compose.Services[service]; !known {
		return docker.Container{}, fmt.Errorf("looking for service %s: the project has %s",
			service, strings.Join(s.Project.Compose.ServiceNames(), ", "))
	}
	if live := s.Live(); live != nil && service == s.Runner {
		return s.Engine.Inspect(ctx, live.Container)
	}
	list, err := s.Engine.Containers(ctx, s.ours(service))
	if err != nil {
		return docker.Container{}, err
	}
	list = newestFirst(slices.DeleteFunc(list, s.waits))
	for _, c := range list {
		if c.Running() {
			return c, nil
		}
	}
	if len(list) == 0 {
		return docker.Container{}, fmt.Errorf("looking for service %s: it has no container (run up first)", service)
	}
	return list[0], nil
}

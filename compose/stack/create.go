package stack

import (
	"context"
	"fmt"

	"github.com/compose-spec/compose-go/v2/types"

	"github.com/same-origin/devproxy/compose/docker"
)

// creation is one container about to be made.
type creation struct {
	service    types.ServiceConfig
	index      int    // Compose's container number
	generation int    // 0 for services other than the runner
	imageID    string // what it is made from
	folder     string // on this machine, holds the binary; "" when the image does
}

// create makes the container and tells those who follow its logs, so that they
// are attached before it starts.
func (s *Stack) create(ctx context.Context, c creation) (string, error) {
	labels, err := s.labelled(c)
	if err != nil {
		return "", err
	}
	spec := docker.ContainerSpec{
		Name: s.containerName(c), Image: imageName(s.Project.Compose, c.service),
		Project: s.Project.Compose, Service: c.service, Labels: labels, VolumeLabels: s.ours(""),
	}
	if c.imageID != "" {
		spec.Image = c.imageID
	}
	if c.folder != "" {
		spec.Service = withBinary(c.service, c.folder)
	}
	if c.generation > 0 {
		spec.Loopback, spec.NoRestart = true, true
		spec.Ports = []uint16{s.Port}
	}
	id, err := s.Engine.CreateContainer(ctx, spec)
	if err != nil {
		return "", err
	}
	s.followers.created(docker.Container{ID: id, Labels: labels, TTY: c.service.Tty})
	return id, nil
}

// containerName keeps a runner's fixed name for the generation that is live: the
// others bear their number behind it.
func (s *Stack) containerName(c creation) string {
	fixed := c.service.ContainerName
	switch {
	case fixed != "" && c.generation > 0:
		return fmt.Sprintf("%s-%d", fixed, c.generation)
	case fixed != "":
		return fixed
	}
	return fmt.Sprintf("%s-%s-%d", s.Project.Compose.Name, c.service.Name, c.index)
}

// start starts a container and tells the followers of its logs.
func (s *Stack) start(ctx context.Context, id string) error {
	if err := s.Engine.StartContainer(ctx, id); err != nil {
		return err
	}
	s.followers.started(id)
	return nil
}

// imageName is what the service's image is called, built or not.
func imageName(p *types.Project, service types.ServiceConfig) string {
	if service.Image != "" {
		return service.Image
	}
	return p.Name + "-" + service.Name
}

package stack

import (
	"context"
	"fmt"
	"sync"

	"github.com/compose-spec/compose-go/v2/types"

	"github.com/same-origin/devproxy/compose/docker"
	"github.com/same-origin/devproxy/compose/project"
)

// Up brings the whole project up in the order of its dependencies, each service
// when the conditions it names are met. What runs already from the same
// configuration and image is left alone; the runner is adopted or deployed.
func (s *Stack) Up(ctx context.Context) error {
	if err := s.ensureResources(ctx); err != nil {
		return err
	}
	started := &containers{}
	return s.Project.InDependencyOrder(ctx, func(ctx context.Context, service types.ServiceConfig) error {
		if err := s.awaitDependencies(ctx, service, started); err != nil {
			return err
		}
		id, err := s.upService(ctx, service)
		started.put(service.Name, id)
		return err
	})
}

// containers are the ids of what was brought up, by service.
type containers struct {
	mu  sync.Mutex
	ids map[string]string
}

func (c *containers) put(service, id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ids == nil {
		c.ids = map[string]string{}
	}
	c.ids[service] = id
}

func (c *containers) get(service string) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.ids[service]
}

func (s *Stack) upService(ctx context.Context, service types.ServiceConfig) (string, error) {
	if service.Name == s.Runner {
		live, err := s.upRunner(ctx)
		if err != nil {
			return "", err
		}
		return live.Container, nil
	}
	image, err := s.image(ctx, service)
	if err != nil {
		return "", err
	}
	existing, err := s.Engine.Containers(ctx, s.ours(service.Name))
	if err != nil {
		return "", err
	}
	kept, err := s.keep(service, image, existing)
	if err != nil {
		return "", err
	}
	if kept != nil {
		return kept.ID, s.ensureStarted(ctx, kept)
	}
	if err := s.endAll(ctx, existing, false); err != nil {
		return "", fmt.Errorf("replacing service %s: %w", service.Name, err)
	}
	id, err := s.create(ctx, creation{service: service, index: 1, imageID: image})
	if err != nil {
		return "", err
	}
	return id, s.start(ctx, id)
}

// keep is the container that is as the service wants it, if there is one.
func (s *Stack) keep(service types.ServiceConfig, image string, existing []docker.Container) (*docker.Container, error) {
	fingerprint, err := s.fingerprint(service)
	if err != nil || len(existing) != 1 {
		return nil, err
	}
	c := existing[0]
	if c.Labels[FingerprintLabel] != fingerprint || c.Labels[project.LabelPrefix+"image"] != image {
		return nil, nil
	}
	return &c, nil
}

// ensureStarted starts a kept container that has ended: as in Compose, one-shot
// services run again at each up.
func (s *Stack) ensureStarted(ctx context.Context, c *docker.Container) error {
	if c.Running() {
		return nil
	}
	return s.start(ctx, c.ID)
}

// upRunner adopts what an earlier process left, and replaces it only when it is
// not what the project says now.
func (s *Stack) upRunner(ctx context.Context) (*Generation, error) {
	live := s.Live()
	if live == nil {
		var err error
		if live, err = s.Adopt(ctx); err != nil {
			return nil, err
		}
	}
	if live == nil {
		return s.Deploy(ctx)
	}
	return s.deploy(ctx, func(image string) (*Generation, error) {
		live := s.Live()
		if live == nil || live.Outdated || live.ImageID != image || !s.sameBinary(live) {
			return s.replace(ctx, image, s.binary)
		}
		first, err := s.firstFiles()
		if err == nil {
			err = s.sync(ctx, live.Container, first)
		}
		return live, err
	})
}

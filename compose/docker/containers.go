package docker

import (
	"context"
	"sort"
	"time"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/filters"
)

// stopSlack is what the engine takes to answer beyond a container's own grace.
const stopSlack = 20 * time.Second

// Containers lists the containers, running or not, that carry all the labels,
// oldest first. An empty value asks for the key alone. A container that is
// removed while the list is made is left out.
func (e *Engine) Containers(ctx context.Context, labels map[string]string) ([]Container, error) {
	list, err := e.cli.ContainerList(ctx, container.ListOptions{All: true, Filters: labelFilter(labels)})
	if err != nil {
		return nil, mapped("listing containers", "of the project", err)
	}
	found := make([]Container, 0, len(list))
	for _, summary := range list {
		c, err := e.Inspect(ctx, summary.ID)
		if Is(err, CodeContainerNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		found = append(found, c)
	}
	sort.SliceStable(found, func(i, j int) bool { return found[i].Created.Before(found[j].Created) })
	return found, nil
}

// Inspect looks at one container by id or name.
func (e *Engine) Inspect(ctx context.Context, id string) (Container, error) {
	c, err := e.cli.ContainerInspect(ctx, id)
	if err != nil {
		return Container{}, mapped("inspecting container", short(id), err)
	}
	found := inspected(c)
	found.remote = e.remote
	return found, nil
}

// StartContainer starts a created or stopped container.
func (e *Engine) StartContainer(ctx context.Context, id string) error {
	return mapped("starting container", short(id), e.cli.ContainerStart(ctx, id, container.StartOptions{}))
}

// StopContainer sends the container's stop signal and kills it after the grace
// period; a negative one takes what the container was created with. A container
// that is gone or stopped already is no error.
func (e *Engine) StopContainer(ctx context.Context, id string, grace time.Duration) error {
	options := container.StopOptions{}
	if grace >= 0 {
		whole := int((grace + time.Second - 1) / time.Second)
		options.Timeout = &whole
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, grace+stopSlack)
		defer cancel()
	}
	err := mapped("stopping container", short(id), e.cli.ContainerStop(ctx, id, options))
	if Is(err, CodeContainerNotFound) {
		return nil
	}
	return err
}

// RemoveContainer kills and removes a container, but for its anonymous volumes.
// One that is gone, or being removed by someone else, is no error.
func (e *Engine) RemoveContainer(ctx context.Context, id string) error {
	return e.removeContainer(ctx, id, false)
}

// DiscardContainer is RemoveContainer with its anonymous volumes, and what they
// hold.
func (e *Engine) DiscardContainer(ctx context.Context, id string) error {
	return e.removeContainer(ctx, id, true)
}

func (e *Engine) removeContainer(ctx context.Context, id string, volumes bool) error {
	err := e.cli.ContainerRemove(ctx, id, container.RemoveOptions{Force: true, RemoveVolumes: volumes})
	err = mapped("removing container", short(id), err)
	if Is(err, CodeContainerNotFound, CodeConflict) {
		return nil
	}
	return err
}

// RenameContainer gives a container another name; it may run meanwhile.
func (e *Engine) RenameContainer(ctx context.Context, id, name string) error {
	return mapped("renaming container", short(id)+" to "+name, e.cli.ContainerRename(ctx, id, name))
}

// WaitExit waits until the container is not running and returns its exit code.
func (e *Engine) WaitExit(ctx context.Context, id string) (int, error) {
	done, failed := e.cli.ContainerWait(ctx, id, container.WaitConditionNotRunning)
	select {
	case result := <-done:
		return int(result.StatusCode), nil
	case err := <-failed:
		return 0, mapped("waiting for container", short(id), err)
	}
}

func labelFilter(labels map[string]string) filters.Args {
	args := filters.NewArgs()
	for key, value := range labels {
		if value != "" {
			key += "=" + value
		}
		args.Add("label", key)
	}
	return args
}

// short is a container id as people read it; names stay whole.
func short(id string) string {
	if len(id) == 64 {
		return id[:12]
	}
	return id
}

package docker

import (
	"context"

	"github.com/compose-spec/compose-go/v2/types"
	"github.com/docker/docker/api/types/volume"
)

// EnsureVolume makes a volume that is missing. An external one must be there.
func (e *Engine) EnsureVolume(ctx context.Context, v types.VolumeConfig, labels map[string]string) error {
	_, err := e.cli.VolumeInspect(ctx, v.Name)
	err = mapped("looking for volume", v.Name, err)
	if bool(v.External) || !Is(err, CodeVolumeNotFound) {
		return err
	}
	_, err = e.cli.VolumeCreate(ctx, volume.CreateOptions{
		Name: v.Name, Driver: v.Driver, DriverOpts: v.DriverOpts, Labels: merged(v.Labels, labels),
	})
	return mapped("creating volume", v.Name, err)
}

// VolumeLabels are the labels of a volume.
func (e *Engine) VolumeLabels(ctx context.Context, name string) (map[string]string, error) {
	found, err := e.cli.VolumeInspect(ctx, name)
	return found.Labels, mapped("looking for volume", name, err)
}

// UnusedVolumes are the names of the volumes that carry all the labels and that
// no container has.
func (e *Engine) UnusedVolumes(ctx context.Context, labels map[string]string) ([]string, error) {
	args := labelFilter(labels)
	args.Add("dangling", "true")
	list, err := e.cli.VolumeList(ctx, volume.ListOptions{Filters: args})
	if err != nil {
		return nil, mapped("listing volumes", "of the project", err)
	}
	names := make([]string, len(list.Volumes))
	for i, found := range list.Volumes {
		names[i] = found.Name
	}
	return names, nil
}

// RemoveVolume removes a volume and what it holds; one that is gone is no error.
func (e *Engine) RemoveVolume(ctx context.Context, name string) error {
	err := mapped("removing volume", name, e.cli.VolumeRemove(ctx, name, false))
	if Is(err, CodeVolumeNotFound) {
		return nil
	}
	return err
}

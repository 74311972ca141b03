package docker

import (
	"context"

	"github.com/docker/docker/api/types/image"
)

// Image is what the engine says of one image.
type Image struct {
	ID     string
	Labels map[string]string
}

// InspectImage looks at one image by name or id.
func (e *Engine) InspectImage(ctx context.Context, name string) (Image, error) {
	found, err := e.cli.ImageInspect(ctx, name)
	if err != nil {
		return Image{}, mapped("inspecting image", name, err)
	}
	result := Image{ID: found.ID}
	if found.Config != nil {
		result.Labels = found.Config.Labels
	}
	return result, nil
}

// PullImage fetches an image from its registry, without credentials. progress,
// which may be nil, hears how many bytes of the layers known so far are here.
func (e *Engine) PullImage(ctx context.Context, name, platform string, progress func(done, total int64)) error {
	body, err := e.cli.ImagePull(ctx, name, image.PullOptions{Platform: platform})
	if err != nil {
		return mapped("pulling image", name, err)
	}
	defer body.Close()
	return mapped("pulling image", name, readPull(body, progress))
}

// RemoveImage removes one name of an image, and the image with its last name. One
// that is gone, or in use by a container, is no error.
func (e *Engine) RemoveImage(ctx context.Context, name string) error {
	_, err := e.cli.ImageRemove(ctx, name, image.RemoveOptions{PruneChildren: true})
	err = mapped("removing image", name, err)
	if Is(err, CodeImageNotFound, CodeConflict) {
		return nil
	}
	return err
}

// PruneImages removes the images that carry all the labels and no name any more:
// what each rebuild leaves behind.
func (e *Engine) PruneImages(ctx context.Context, labels map[string]string) error {
	args := labelFilter(labels)
	args.Add("dangling", "true")
	list, err := e.cli.ImageList(ctx, image.ListOptions{Filters: args})
	if err != nil {
		return mapped("listing images", "of the project", err)
	}
	for _, found := range list {
		if err := e.RemoveImage(ctx, found.ID); err != nil {
			return err
		}
	}
	return nil
}

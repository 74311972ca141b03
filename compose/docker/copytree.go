package docker

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/docker/docker/api/types/container"
	"github.com/moby/patternmatcher"
)

// CopyTree copies what is in a folder of this machine to a folder of a container
// that need not run, but for what its .dockerignore, or without, names: paths
// relative to it. What is there belongs to root.
func (e *Engine) CopyTree(ctx context.Context, id, target, dir string, without []string) error {
	patterns, err := ignorePatterns(dir, "")
	if err != nil {
		return err
	}
	ignored, err := patternmatcher.New(append(patterns, without...)) // the last one counts
	if err != nil {
		return fmt.Errorf("reading what is not to be copied from %s: %w", dir, err)
	}
	reader, writer := io.Pipe()
	defer reader.Close() // ends the writer when the engine stops reading early
	go func() {
		archive := tar.NewWriter(writer)
		writer.CloseWithError(errors.Join(addTree(archive, dir, "", ignored), archive.Close()))
	}()
	err = e.cli.CopyToContainer(ctx, id, target, reader, container.CopyToContainerOptions{})
	return mapped("copying to container", short(id), err)
}

package docker

import (
	"archive/tar"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/docker/docker/api/types/container"
)

// Copy is a file of this machine, and its absolute path in a container.
type Copy struct{ Host, Target string }

// CopyTo copies files into a container, which need not run, with the folders they
// lie in. They belong to root there. One that is gone by then is left out; the
// rest is copied one after the other, so a running container may see some of them
// before others.
func (e *Engine) CopyTo(ctx context.Context, id string, files []Copy) error {
	reader, writer := io.Pipe()
	defer reader.Close() // ends the writer when the engine stops reading early
	go func() { writer.CloseWithError(writeCopies(writer, files)) }()
	err := e.cli.CopyToContainer(ctx, id, "/", reader, container.CopyToContainerOptions{AllowOverwriteDirWithFile: true})
	return mapped("copying to container", short(id), err)
}

func writeCopies(writer io.Writer, files []Copy) error {
	archive := tar.NewWriter(writer)
	for _, file := range files {
		info, err := os.Lstat(file.Host)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err == nil {
			err = addEntry(archive, file.Host, strings.TrimPrefix(file.Target, "/"), fs.FileInfoToDirEntry(info))
		}
		if err != nil {
			return err
		}
	}
	return archive.Close()
}

package stack

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/same-origin/devproxy/compose/docker"
)

// overlay is what was synced over an image: a generation that is made from the
// same one, by a restart or after a death, gets it too. Only the holder of the
// turn touches it.
type overlay struct {
	image string
	files map[string]string // target: file of this machine
}

// add remembers files for the generations of the image to come.
func (o *overlay) add(image string, files []docker.Copy) {
	if o.image != image || o.files == nil {
		o.image, o.files = image, map[string]string{}
	}
	for _, file := range files {
		o.files[file.Target] = file.Host
	}
}

// forget drops files that cannot be removed; said once is enough.
func (o *overlay) forget(targets []string) {
	for _, target := range targets {
		delete(o.files, target)
	}
}

// of gives what belongs over the image.
func (o *overlay) of(image string) []docker.Copy {
	if o.image != image {
		return nil
	}
	var list []docker.Copy
	for target, host := range o.files {
		list = append(list, docker.Copy{Host: host, Target: target})
	}
	slices.SortFunc(list, func(a, b docker.Copy) int { return strings.Compare(a.Target, b.Target) })
	return list
}

// parted tells the files that are there from those that are to go.
func parted(files []docker.Copy) (there []docker.Copy, gone []string) {
	for _, file := range files {
		if _, err := os.Lstat(file.Host); errors.Is(err, fs.ErrNotExist) {
			gone = append(gone, file.Target)
			continue
		}
		there = append(there, file)
	}
	return there, gone
}

// fill brings a container that has not started to the state of the synced files,
// but for what is to go: that takes a running one.
func (s *Stack) fill(ctx context.Context, id, image string) (gone []string, err error) {
	first, err := s.firstFiles()
	if err != nil {
		return nil, err
	}
	there, gone := parted(slices.Concat(first, s.overlay.of(image)))
	if len(there) == 0 {
		return gone, nil
	}
	return gone, s.Engine.CopyTo(ctx, id, there)
}

// errNoRemove says that an image has nothing to remove files with.
var errNoRemove = errors.New("its image has no rm")

// erase removes files from a running container.
func (s *Stack) erase(ctx context.Context, id string, targets []string) error {
	if len(targets) == 0 {
		return nil
	}
	var said bytes.Buffer
	code, err := s.Engine.Exec(ctx, id, docker.ExecSpec{
		Cmd: append([]string{"rm", "-rf", "--"}, targets...), User: "0", Stdout: &said, Stderr: &said,
	})
	switch {
	case docker.Is(err, docker.CodeCommandNotFound) || code == 126 || code == 127:
		return fmt.Errorf("removing %s from the container: %w", strings.Join(targets, ", "), errNoRemove)
	case err != nil:
		return err
	case code != 0:
		return fmt.Errorf("removing %s from the container: rm exits with code %d: %s", strings.Join(targets, ", "), code, bytes.TrimSpace(said.Bytes()))
	}
	return nil
}

package workshop

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/same-origin/devproxy/caddymodule/internal/build"
	"github.com/same-origin/devproxy/caddymodule/internal/event"
	"github.com/same-origin/devproxy/caddymodule/runner/bounded"
	"github.com/same-origin/devproxy/compose/launcher"
)

// mostBytes bounds what one build may give back: runners refuse bundles of a
// quarter of it.
const mostBytes = 1 << 30

// mostEntries is as many files and folders as a bundle may have.
const mostEntries = 20_000

// returns is where what a command makes comes to.
type returns struct {
	dir     string // the extension's folder
	project string // its name among snapshots
	state   string
	record  string // the file that says what came back the last time
}

// collect takes the outputs over. Nothing of the extension changes unless all of
// them can be.
func (r returns) collect(ctx context.Context, outputs []string, tree launcher.Tree) error {
	if err := os.MkdirAll(r.state, 0o700); err != nil {
		return fmt.Errorf("making the state folder: %w", err)
	}
	dir, err := os.MkdirTemp(r.state, "returning-")
	if err != nil {
		return fmt.Errorf("making room for a build's outputs: %w", err)
	}
	defer os.RemoveAll(dir)
	stage, err := os.OpenRoot(dir)
	if err != nil {
		return fmt.Errorf("making room for a build's outputs: %w", err)
	}
	defer stage.Close()
	s := staging{root: stage, left: mostBytes}
	for _, output := range outputs {
		if err := s.take(ctx, output, tree); err != nil {
			return err
		}
	}
	if len(s.files) == 0 {
		return &build.Error{Problem: event.Problem{
			Code: codeMissing, Message: "the build ended well and left nothing in " + strings.Join(outputs, ", "),
			Fix: "name the folders that it writes with `output` in the block of build_container",
		}}
	}
	return r.mirror(s.root, s.files)
}

// staging is a folder that outputs are unpacked to.
type staging struct {
	root  *os.Root
	files []string // relative, with slashes
	left  int64    // bytes that may still come
}

// take unpacks one output. What is in the archive was made by a program that
// need not be trusted: it is written below the folder or nowhere.
func (s *staging) take(ctx context.Context, output string, tree launcher.Tree) error {
	archive, err := tree(ctx, path.Join(Sources, output))
	if err != nil {
		return err
	}
	defer archive.Close()
	reader := bounded.Tar(ctx, archive, bounded.Limits{Bytes: mostBytes, Entries: mostEntries})
	for {
		header, err := reader.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err == nil {
			err = s.entry(output, header, reader)
		}
		if err != nil {
			return refused(output, err)
		}
	}
}

func (s *staging) entry(output string, header *tar.Header, content io.Reader) error {
	name, err := within(output, header.Name)
	if err != nil {
		return err
	}
	switch header.Typeflag {
	case tar.TypeDir:
		return s.root.MkdirAll(name, 0o755)
	case tar.TypeLink:
		return s.link(output, header, name)
	case tar.TypeReg:
		return s.file(name, header, content)
	}
	return fmt.Errorf("%s is neither a file nor a folder", header.Name)
}

func (s *staging) file(name string, header *tar.Header, content io.Reader) error {
	if s.left -= header.Size; s.left < 0 {
		return fmt.Errorf("it has more than %d MiB", mostBytes>>20)
	}
	if err := s.root.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	file, err := s.root.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600|os.FileMode(header.Mode)&0o777)
	if err != nil {
		return err
	}
	_, err = io.Copy(file, content)
	s.files = append(s.files, filepath.ToSlash(name))
	return errors.Join(err, file.Close())
}

// link is a file that has a second name.
func (s *staging) link(output string, header *tar.Header, name string) error {
	first, err := within(output, header.Linkname)
	if err != nil {
		return err
	}
	s.files = append(s.files, filepath.ToSlash(name))
	return s.root.Link(first, name)
}

// within gives the place of an archive's entry, which begins with the last part
// of the output, relative to the extension's folder.
func within(output, name string) (string, error) {
	first, rest, _ := strings.Cut(path.Clean(name), "/")
	inside := filepath.FromSlash(path.Join(output, rest))
	if first != path.Base(output) || !filepath.IsLocal(inside) {
		return "", fmt.Errorf("%s lies outside", name)
	}
	return inside, nil
}

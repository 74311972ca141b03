package bundle

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"syscall"
	"unicode/utf8"
)

// What runners unpack at most; more is most likely not what was meant, such
// as a folder of dependencies below ui/.
const (
	maxEntries = 20_000
	maxBytes   = 1 << 30
)

// found is a file that belongs to the bundle.
type found struct {
	name string
	info fs.FileInfo
}

// scanner lists what of a working tree belongs to a bundle.
type scanner struct {
	ctx     context.Context
	src     fs.FS
	files   []found
	entries int
	bytes   int64
}

// scan lists the files below tops in no order that matters.
func scan(ctx context.Context, src fs.FS, tops []string) ([]found, error) {
	s := &scanner{ctx: ctx, src: src}
	for _, top := range tops {
		if err := s.walk(top); err != nil {
			return nil, err
		}
	}
	return s.files, nil
}

// walk takes in what lies below top. A link that leads back into its own
// folder ends in the system's error about too many of them, or at maxEntries.
func (s *scanner) walk(top string) error {
	return fs.WalkDir(s.src, top, func(name string, entry fs.DirEntry, err error) error {
		switch {
		case s.ctx.Err() != nil:
			return s.ctx.Err()
		case !utf8.ValidString(name) || isGone(err):
			return nil // no file system of Go can open such a name, and Check reports it
		case err != nil:
			return fmt.Errorf("listing %s: %w", name, err)
		}
		return s.visit(name, entry)
	})
}

func (s *scanner) visit(name string, entry fs.DirEntry) error {
	if strings.HasPrefix(path.Base(name), ".") {
		if entry.IsDir() {
			return fs.SkipDir
		}
		return nil
	}
	if s.entries++; s.entries > maxEntries {
		return s.tooLarge(name, fmt.Sprintf("there are more than %d files and folders", maxEntries))
	}
	if entry.IsDir() {
		return nil
	}
	info, err := s.stat(name, entry)
	switch {
	case isGone(err):
		return nil
	case err != nil:
		return fmt.Errorf("looking at %s: %w", name, err)
	case info.IsDir():
		return s.walk(name) // a link to a folder, which the walk itself does not follow
	case !info.Mode().IsRegular():
		return nil
	}
	if s.bytes += info.Size(); s.bytes > maxBytes {
		return s.tooLarge(name, fmt.Sprintf("there are more than %d bytes", maxBytes))
	}
	s.files = append(s.files, found{name, info})
	return nil
}

// stat follows links. For all else the folder's listing knows.
func (s *scanner) stat(name string, entry fs.DirEntry) (fs.FileInfo, error) {
	if entry.Type()&fs.ModeSymlink != 0 {
		return fs.Stat(s.src, name)
	}
	return entry.Info()
}

func (s *scanner) tooLarge(name, reason string) error {
	return &Error{CodeTooLarge, fmt.Errorf("bundling %s: %s; runners refuse such a bundle, so move what is not part of it out of ui/", name, reason)}
}

// isGone says that a file vanished, which is no fault while a tree is being
// rebuilt, or that a link leads out of the tree, which is never followed.
func isGone(err error) bool {
	var at *fs.PathError
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) ||
		errors.As(err, &at) && at.Err.Error() == "path escapes from parent"
}

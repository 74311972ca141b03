package runner

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"syscall"
)

// asset is an open UI file.
type asset struct {
	fs.File
	bundle Bundle
	name   string // below ui/
	info   fs.FileInfo
}

// openFile opens the regular file ui/name. Anything that is no such file, a
// folder included, is [fs.ErrNotExist].
func openFile(bundle Bundle, name string) (*asset, error) {
	full := path.Join("ui", name)
	// Before opening: opening a named pipe would wait for its writer.
	info, err := fs.Stat(bundle.Files, full)
	if err != nil {
		return nil, missing(full, err)
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("opening %s: %w", full, fs.ErrNotExist)
	}
	file, err := bundle.Files.Open(full)
	if err != nil {
		return nil, missing(full, err)
	}
	// Again, of what was opened: the file may have been replaced.
	if info, err = file.Stat(); err != nil {
		file.Close()
		return nil, fmt.Errorf("reading size of %s: %w", full, err)
	}
	return &asset{File: file, bundle: bundle, name: name, info: info}, nil
}

// missing maps a path that leads through a file ("index.html/x") to
// [fs.ErrNotExist].
func missing(name string, err error) error {
	if errors.Is(err, syscall.ENOTDIR) {
		err = fs.ErrNotExist
	}
	return fmt.Errorf("opening %s: %w", name, err)
}

// in gives " in DIR" for messages, empty when the folder is not known.
func in(bundle Bundle) string {
	if bundle.Dir == "" {
		return ""
	}
	return " in " + bundle.Dir
}

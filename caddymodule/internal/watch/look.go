package watch

import (
	"errors"
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"
	"syscall"
)

// lookAt finds out what each of the paths is now. Folders come before what is
// in them.
func (t *tree) lookAt(paths map[string]bool) error {
	for _, rel := range slices.Sorted(maps.Keys(paths)) {
		if err := t.look(rel, true); err != nil {
			return err
		}
	}
	return nil
}

// lookAtAll compares the whole tree.
func (t *tree) lookAtAll() error {
	t.forgetLed()
	info, err := os.Stat(t.root)
	if err != nil || !info.IsDir() {
		t.gone(top)
		return nil
	}
	return t.lookDir(top, true)
}

// look finds out what a path is now. What was named by an event is read
// whatever its time says.
func (t *tree) look(rel string, named bool) error {
	info, err := os.Lstat(t.abs(rel))
	if err != nil {
		t.gone(rel)
		return nil
	}
	if t.rules.ignored(rel, info.IsDir()) {
		if named {
			t.gone(rel) // a file has become an ignored folder
		}
		return nil
	}
	t.pass.seen[rel] = true
	switch {
	case info.IsDir():
		return t.lookDir(rel, named)
	case info.Mode().IsRegular():
		t.lookFile(rel, info, named)
	case info.Mode()&fs.ModeSymlink != 0:
		return t.lookLink(rel, info, named)
	default: // a pipe, socket or device is no source
		t.gone(rel)
	}
	return nil
}

func (t *tree) lookFile(rel string, info fs.FileInfo, named bool) {
	known := t.files[rel]
	if t.pass.read[rel] || (!named && known != nil && known.same(info)) {
		return
	}
	t.readInto(rel, "")
}

// readInto reads a file, unless it vanishes meanwhile; where a device fails
// to read it, what is known stays.
func (t *tree) readInto(rel, target string) {
	if t.dirs[rel] {
		t.gone(rel)
	}
	t.pass.read[rel] = true
	f, err := readFile(t.abs(rel))
	switch {
	case err == nil:
		f.target = target
		t.set(rel, &f)
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, errNotRegular):
		t.gone(rel)
	}
}

// lookDir walks a folder; the outermost call takes away what was known below
// it and is not there now.
func (t *tree) lookDir(rel string, outermost bool) error {
	if t.pass.walked[rel] {
		return nil
	}
	known := t.dirs[rel]
	if !known {
		t.gone(rel) // was a file
	}
	err := t.walk(rel)
	if err == nil && known && outermost {
		t.forgetUnseen(rel)
	}
	return err
}

// walk asks for the events of a folder before it reads it, so that nothing is
// missed in between.
func (t *tree) walk(rel string) error {
	dir := t.abs(rel)
	if t.dirs[rel] {
		t.source.unsubscribe(dir) // it may be another folder by now
	}
	if err := t.source.subscribe(dir); err != nil {
		return t.unwalkable(rel, err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return t.unwalkable(rel, err)
	}
	t.dirs[rel], t.pass.walked[rel], t.pass.seen[rel] = true, true, true
	t.rules.enter(rel)
	for _, e := range entries {
		if err := t.look(path.Join(rel, e.Name()), false); err != nil {
			return err
		}
	}
	return nil
}

func (t *tree) unwalkable(rel string, err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ENOTDIR):
		t.gone(rel)
	case errors.Is(err, fs.ErrPermission):
		t.gone(rel)
		t.source.unreadable(t.abs(rel), err)
	default:
		return err
	}
	return nil
}

// forgetUnseen leaves no change behind where a rule has come to ignore a file.
func (t *tree) forgetUnseen(dir string) {
	for name := range t.dirs {
		if within(dir, name) && !t.pass.seen[name] {
			t.leave(name)
		}
	}
	for name := range t.files {
		switch {
		case !within(dir, name) || t.pass.seen[name]:
		case t.rules.hidden(name, false):
			t.hide(name)
		default:
			t.gone(name)
		}
	}
}

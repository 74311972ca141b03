package loop

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"
)

// overlay is a folder with other content at some paths: what a build made in
// memory, or a handler of an earlier build. It implements fs.ReadDirFS and
// fs.StatFS.
type overlay struct {
	base   fs.FS
	made   map[string]made
	hidden func(name string) bool // what of base is not to be seen
}

// made is one file that a build made.
type made struct {
	content []byte
	at      time.Time
}

func (o overlay) Open(name string) (fs.File, error) {
	if m, ok := o.made[name]; ok {
		return &madeFile{Reader: bytes.NewReader(m.content), info: madeInfo{name: path.Base(name), made: m}}, nil
	}
	if o.hidden(name) {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	file, err := o.base.Open(name)
	if errors.Is(err, fs.ErrNotExist) && o.isFolder(name) {
		return &madeFile{Reader: bytes.NewReader(nil), info: folderInfo(path.Base(name))}, nil
	}
	return file, err
}

// Stat opens nothing of base: opening a named pipe waits for its writer.
func (o overlay) Stat(name string) (fs.FileInfo, error) {
	if m, ok := o.made[name]; ok {
		return madeInfo{name: path.Base(name), made: m}, nil
	}
	if o.hidden(name) {
		return nil, &fs.PathError{Op: "stat", Path: name, Err: fs.ErrNotExist}
	}
	info, err := fs.Stat(o.base, name)
	if errors.Is(err, fs.ErrNotExist) && o.isFolder(name) {
		return folderInfo(path.Base(name)), nil
	}
	return info, err
}

// ReadDir lists both, sorted.
func (o overlay) ReadDir(name string) ([]fs.DirEntry, error) {
	below, err := fs.ReadDir(o.base, name)
	if err != nil && (!errors.Is(err, fs.ErrNotExist) || !o.isFolder(name)) {
		return nil, err
	}
	entries := slices.DeleteFunc(below, func(e fs.DirEntry) bool { return o.hidden(path.Join(name, e.Name())) })
	for file, m := range o.made {
		entry, ok := entryBelow(name, file, m)
		if !ok {
			continue
		}
		at := slices.IndexFunc(entries, func(e fs.DirEntry) bool { return e.Name() == entry.Name() })
		switch {
		case at < 0:
			entries = append(entries, entry)
		case !entry.IsDir():
			entries[at] = entry
		}
	}
	slices.SortFunc(entries, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	return entries, nil
}

// entryBelow is how file shows in a listing of the folder, if it does.
func entryBelow(folder, file string, m made) (fs.DirEntry, bool) {
	rest := file
	if folder != "." {
		var below bool
		if rest, below = strings.CutPrefix(file, folder+"/"); !below {
			return nil, false
		}
	}
	first, _, deeper := strings.Cut(rest, "/")
	if deeper {
		return fs.FileInfoToDirEntry(folderInfo(first)), true
	}
	return fs.FileInfoToDirEntry(madeInfo{name: first, made: m}), true
}

func (o overlay) isFolder(name string) bool {
	for file := range o.made {
		if strings.HasPrefix(file, name+"/") {
			return true
		}
	}
	return false
}

// madeFile is an open file that was made, or an empty folder.
type madeFile struct {
	*bytes.Reader
	info fs.FileInfo
}

func (f *madeFile) Stat() (fs.FileInfo, error) { return f.info, nil }

func (f *madeFile) Close() error { return nil }

type madeInfo struct {
	name string
	made
}

func (i madeInfo) Name() string       { return i.name }
func (i madeInfo) Size() int64        { return int64(len(i.content)) }
func (i madeInfo) Mode() fs.FileMode  { return 0o444 }
func (i madeInfo) ModTime() time.Time { return i.at }
func (i madeInfo) IsDir() bool        { return false }
func (i madeInfo) Sys() any           { return nil }

type folderInfo string

func (i folderInfo) Name() string       { return string(i) }
func (i folderInfo) Size() int64        { return 0 }
func (i folderInfo) Mode() fs.FileMode  { return fs.ModeDir | 0o555 }
func (i folderInfo) ModTime() time.Time { return time.Time{} }
func (i folderInfo) IsDir() bool        { return true }
func (i folderInfo) Sys() any           { return nil }

var (
	_ fs.StatFS     = overlay{}
	_ fs.ReadDirFS  = overlay{}
	_ io.ReadSeeker = (*madeFile)(nil)
)

package bundle

import (
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"
	"time"
)

// tree is a bundle's files as a file system.
type tree struct {
	contents map[string]*blob
	folders  func() map[string][]fs.DirEntry // by path, each sorted
}

func newTree(contents map[string]*blob) *tree {
	t := &tree{contents: contents}
	t.folders = sync.OnceValue(t.list)
	return t
}

// Open implements [fs.FS].
func (t *tree) Open(name string) (fs.File, error) {
	info, err := t.find("open", name)
	if err != nil {
		return nil, err
	}
	if info.content == nil {
		return &openFolder{info: info, entries: t.folders()[name]}, nil
	}
	return &openFile{info: info, SectionReader: info.content.reader()}, nil
}

// Stat implements [fs.StatFS].
func (t *tree) Stat(name string) (fs.FileInfo, error) {
	info, err := t.find("stat", name)
	if err != nil {
		return nil, err
	}
	return info, nil
}

func (t *tree) find(op, name string) (entry, error) {
	if !fs.ValidPath(name) {
		return entry{}, &fs.PathError{Op: op, Path: name, Err: fs.ErrInvalid}
	}
	if content, ok := t.contents[name]; ok {
		return entry{path.Base(name), content}, nil
	}
	if _, ok := t.folders()[name]; ok {
		return entry{path.Base(name), nil}, nil
	}
	return entry{}, &fs.PathError{Op: op, Path: name, Err: fs.ErrNotExist}
}

func (t *tree) list() map[string][]fs.DirEntry {
	folders := map[string][]fs.DirEntry{".": nil}
	for name, content := range t.contents {
		item := fs.DirEntry(entry{path.Base(name), content})
		for dir := path.Dir(name); ; dir = path.Dir(dir) {
			_, known := folders[dir]
			folders[dir] = append(folders[dir], item)
			if known || dir == "." {
				break
			}
			item = entry{path.Base(dir), nil}
		}
	}
	for _, entries := range folders {
		slices.SortFunc(entries, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	}
	return folders
}

// entry is a file's or, without content, a folder's description.
type entry struct {
	name    string
	content *blob
}

func (e entry) Name() string               { return e.name }
func (e entry) IsDir() bool                { return e.content == nil }
func (e entry) Type() fs.FileMode          { return e.Mode().Type() }
func (e entry) Info() (fs.FileInfo, error) { return e, nil }
func (e entry) ModTime() time.Time         { return time.Time{} }
func (e entry) Sys() any                   { return nil }
func (e entry) String() string             { return fs.FormatDirEntry(e) }

func (e entry) Size() int64 {
	if e.content == nil {
		return 0
	}
	return e.content.size
}

func (e entry) Mode() fs.FileMode {
	if e.content == nil {
		return fs.ModeDir | 0o555
	}
	return 0o444
}

// openFile is a file; what it reads is safe from changes.
type openFile struct {
	info entry
	*io.SectionReader
}

func (f *openFile) Stat() (fs.FileInfo, error) { return f.info, nil }
func (f *openFile) Close() error               { return nil }

// openFolder is a folder and what of its list was not given yet.
type openFolder struct {
	info    entry
	entries []fs.DirEntry
}

func (f *openFolder) Stat() (fs.FileInfo, error) { return f.info, nil }
func (f *openFolder) Close() error               { return nil }

func (f *openFolder) Read([]byte) (int, error) {
	return 0, &fs.PathError{Op: "read", Path: f.info.name, Err: fs.ErrInvalid}
}

// ReadDir implements [fs.ReadDirFile].
func (f *openFolder) ReadDir(n int) ([]fs.DirEntry, error) {
	if n > 0 && len(f.entries) == 0 {
		return nil, io.EOF
	}
	if n <= 0 {
		n = len(f.entries)
	}
	n = min(n, len(f.entries))
	given := slices.Clone(f.entries[:n])
	f.entries = f.entries[n:]
	return given, nil
}

// Interface guards.
var (
	_ fs.StatFS      = (*tree)(nil)
	_ io.ReadSeeker  = (*openFile)(nil)
	_ io.ReaderAt    = (*openFile)(nil)
	_ fs.ReadDirFile = (*openFolder)(nil)
	_ fs.DirEntry    = entry{}
	_ fs.FileInfo    = entry{}
)

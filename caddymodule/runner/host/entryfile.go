package host

// entryfile.go is how one entry lies in its file, and how the files of a
// namespace are found.

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"
)

const entrySuffix = ".json"

// entry is the file of one key. Values that are text are stored as such, so
// that they can be read and edited.
type entry struct {
	Key      string  `json:"key"`
	Revision uint64  `json:"revision"`
	Text     *string `json:"text,omitempty"`
	Bytes    []byte  `json:"base64,omitempty"`
}

func (e entry) value() []byte {
	if e.Text != nil {
		return []byte(*e.Text)
	}
	return append([]byte{}, e.Bytes...)
}

func newEntry(key string, revision uint64, value []byte) entry {
	if !utf8.Valid(value) {
		return entry{Key: key, Revision: revision, Bytes: value}
	}
	s := string(value)
	return entry{Key: key, Revision: revision, Text: &s}
}

// sortedKeys lists a namespace. File names tell the keys, except the long ones,
// whose files are read.
func sortedKeys(dir string) ([]string, error) {
	names, err := entryNames(dir)
	if err != nil {
		return nil, err
	}
	keys := make([]string, 0, len(names))
	for _, name := range names {
		key, ok := originalName(strings.TrimSuffix(name, entrySuffix))
		if !ok {
			e, err := readEntry(filepath.Join(dir, name))
			if errors.Is(err, errMissing) {
				continue
			}
			if err != nil {
				return nil, err
			}
			key = e.Key
		}
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys, nil
}

func entryNames(dir string) ([]string, error) {
	files, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var names []string
	for _, file := range files {
		if name := file.Name(); strings.HasSuffix(name, entrySuffix) && !strings.HasPrefix(name, ".") {
			names = append(names, name)
		}
	}
	return names, err
}

func entryPath(dir, key string) string { return filepath.Join(dir, fileName(key)+entrySuffix) }

func readEntry(path string) (entry, error) {
	var e entry
	err := readJSON(path, &e)
	if errors.Is(err, fs.ErrNotExist) {
		return entry{}, errMissing
	}
	return e, err
}

// store.go keeps the entries of `storage`, one JSON file each:
//
//	storage/<tenant>/<extension>/<install>/<namespace>/<key>.json
package host

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/same-origin/devproxy/caddymodule/runner/guest"
)

// The platform's limits, so that what works here works there.
const (
	maxNamespaceBytes = 128
	maxKeyBytes       = 256
	maxValueBytes     = 64 << 10
	maxKeys           = 5120 // per namespace
	// pageSize is how many entries one list answers; the cursor of the next
	// page is the last key of this one.
	pageSize = 25

	entrySuffix = ".json"
)

// Why the store refuses.
var (
	errMissing  = errors.New("missing")
	errConflict = errors.New("conflict")
	errFull     = errors.New("the namespace has 5120 keys, which is the most it can hold")
)

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

// store is safe for concurrent use. Another process on the same folder never
// sees or leaves a broken entry; of two writes at the same moment, one wins.
type store struct {
	root  string
	locks *locks
}

func newStore(stateDir string) *store {
	return &store{root: filepath.Join(stateDir, "storage"), locks: newLocks()}
}

// namespace is where one namespace of one installation lies.
func (s *store) namespace(c guest.Context, name string) string {
	return filepath.Join(scope(s.root, c), fileName(name))
}

func (s *store) get(dir, key string) (entry, error) {
	lock := s.locks.of(dir)
	lock.RLock()
	defer lock.RUnlock()
	e, err := readEntry(entryPath(dir, key))
	e.Key = key
	return e, err
}

// put stores value and answers its new revision. With want set, it fails with
// errConflict unless the entry has that revision; 0 stands for no entry.
func (s *store) put(dir, key string, value []byte, want *uint64) (uint64, error) {
	lock := s.locks.of(dir)
	lock.Lock()
	defer lock.Unlock()
	old, err := readEntry(entryPath(dir, key))
	if err != nil && !errors.Is(err, errMissing) {
		return 0, err
	}
	if want != nil && *want != old.Revision {
		return 0, errConflict
	}
	if errors.Is(err, errMissing) {
		if err := checkRoom(dir); err != nil {
			return 0, err
		}
	}
	return old.Revision + 1, writeJSON(entryPath(dir, key), newEntry(key, old.Revision+1, value))
}

func checkRoom(dir string) error {
	names, err := entryNames(dir)
	if err != nil {
		return err
	}
	if len(names) >= maxKeys {
		return errFull
	}
	return nil
}

func (s *store) delete(dir, key string) error {
	lock := s.locks.of(dir)
	lock.Lock()
	defer lock.Unlock()
	err := os.Remove(entryPath(dir, key))
	if errors.Is(err, fs.ErrNotExist) {
		return errMissing
	}
	return err
}

// list gives up to pageSize entries in the order of their keys, beginning
// after the key `after`.
func (s *store) list(dir, after string) ([]entry, error) {
	lock := s.locks.of(dir)
	lock.RLock()
	defer lock.RUnlock()
	keys, err := sortedKeys(dir)
	if err != nil {
		return nil, err
	}
	start, found := slices.BinarySearch(keys, after)
	if found {
		start++
	}
	keys = keys[start:min(start+pageSize, len(keys))]
	page := make([]entry, 0, len(keys))
	for _, key := range keys {
		e, err := readEntry(entryPath(dir, key))
		if errors.Is(err, errMissing) { // another process deleted it meanwhile
			continue
		}
		if err != nil {
			return nil, err
		}
		e.Key = key
		page = append(page, e)
	}
	return page, nil
}

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

package host

// store.go keeps the entries of `storage`, one JSON file each:
//
//	storage/<tenant>/<extension>/<install>/<namespace>/<key>.json

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

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
)

// Why the store refuses.
var (
	errMissing  = errors.New("missing")
	errConflict = errors.New("conflict")
	errFull     = errors.New("the namespace has 5120 keys, which is the most it can hold")
)

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

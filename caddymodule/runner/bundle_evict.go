package runner

import (
	"cmp"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// evict removes the bundles that were fetched first until the rest fits into
// [BundleStoreConfig.MaxCacheBytes]. The newest stays in any case, and a
// removed one that is asked for again is fetched again. Who reads a file of it
// goes on reading.
func (s *BundleStore) evict() {
	if s.cfg.MaxCacheBytes <= 0 {
		return
	}
	s.evicting.Lock()
	defer s.evicting.Unlock()
	entries := s.cached()
	var total int64
	for i, entry := range entries {
		if total += entry.size; i > 0 && total > s.cfg.MaxCacheBytes {
			s.remove(entry.dir)
		}
	}
}

// remove takes the marker away first, so that a half-removed bundle is none.
func (s *BundleStore) remove(dir string) {
	err := os.Remove(filepath.Join(dir, bundleTree, readyMarker))
	if err == nil {
		err = os.RemoveAll(dir)
	}
	if err != nil {
		s.cfg.Logger.Warn("removing a bundle from the cache", "dir", dir, "error", err)
	}
}

type cachedBundle struct {
	dir     string
	fetched time.Time
	size    int64
}

// cached lists what is complete, the newest first.
func (s *BundleStore) cached() []cachedBundle {
	var list []cachedBundle
	entries, _ := os.ReadDir(s.cfg.CacheDir) // an empty cache may not exist
	for _, entry := range entries {
		dir := filepath.Join(s.cfg.CacheDir, entry.Name())
		if marker, err := os.Stat(filepath.Join(dir, bundleTree, readyMarker)); err == nil {
			list = append(list, cachedBundle{dir, marker.ModTime(), sizeOf(dir)})
		}
	}
	slices.SortFunc(list, func(a, b cachedBundle) int {
		return cmp.Or(b.fetched.Compare(a.fetched), cmp.Compare(a.dir, b.dir))
	})
	return list
}

func sizeOf(dir string) (size int64) {
	_ = filepath.WalkDir(dir, func(_ string, entry fs.DirEntry, err error) error {
		if err == nil && entry.Type().IsRegular() {
			if info, err := entry.Info(); err == nil {
				size += info.Size()
			}
		}
		return nil
	})
	return size
}

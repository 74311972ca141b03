package runner

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

const (
	fetchTimeout = 60 * time.Second

	tempName = "tmp" // within the cache folder, so that a rename moves out of it
	// staleTemp is the age at which a temporary folder belongs to no fetch
	// of any process that still lives.
	staleTemp = time.Hour
)

// fetchOnce waits for the fetch of ref.Hash, which goes on for others when
// ctx ends.
func (s *BundleStore) fetchOnce(ctx context.Context, ref Ref, dir string) error {
	result := s.group.DoChan(ref.Hash, func() (any, error) {
		if !s.begin() {
			return nil, errClosed
		}
		defer s.fetching.Done()
		ctx, cancel := context.WithTimeout(s.ctx, fetchTimeout)
		defer cancel()
		return nil, s.fetch(ctx, ref, dir)
	})
	select {
	case r := <-result:
		return r.Err
	case <-ctx.Done():
		return fmt.Errorf("waiting for the bundle of %s: %w", ref.Extension, ctx.Err())
	}
}

// begin counts one fetch, unless the store is closed.
func (s *BundleStore) begin() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.closed {
		s.fetching.Add(1)
	}
	return !s.closed
}

// fetch downloads, verifies and extracts one bundle. On failure it leaves
// nothing behind.
func (s *BundleStore) fetch(ctx context.Context, ref Ref, dir string) error {
	if isReady(dir) {
		return nil
	}
	start := time.Now()
	temp, err := s.tempDir(filepath.Base(dir))
	if err != nil {
		return &FetchError{codeExtract, fmt.Errorf("making a folder for the bundle of %s: %w", ref.Extension, err)}
	}
	defer os.RemoveAll(temp)
	archive := filepath.Join(temp, archiveName)
	if err := s.download(ctx, ref, archive); err != nil {
		return err
	}
	if err := install(ctx, archive, temp, dir); err != nil {
		return &FetchError{codeExtract, fmt.Errorf("extracting the bundle of %s: %w", ref.Extension, err)}
	}
	s.evict()
	s.cfg.Logger.InfoContext(ctx, "fetched bundle", "extension", ref.Extension, "hash", ref.Hash, "duration_ms", milliseconds(time.Since(start)))
	return nil
}

func (s *BundleStore) tempDir(digits string) (string, error) {
	parent := filepath.Join(s.cfg.CacheDir, tempName)
	if err := os.MkdirAll(parent, 0o755); err != nil {
		return "", err
	}
	return os.MkdirTemp(parent, digits+".*")
}

// sweepTemp removes what killed processes left. It does what it can: a folder
// that stays only takes space.
func sweepTemp(cache string) {
	parent := filepath.Join(cache, tempName)
	entries, _ := os.ReadDir(parent)
	for _, entry := range entries {
		info, err := entry.Info()
		if err == nil && time.Since(info.ModTime()) > staleTemp {
			_ = os.RemoveAll(filepath.Join(parent, entry.Name()))
		}
	}
}

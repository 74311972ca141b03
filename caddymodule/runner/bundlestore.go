package runner

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"
)

// Codes of a [FetchError].
const (
	codeHashMismatch = "archive_hash_mismatch"
	codeExtract      = "extract_failed"
)

const fetchTimeout = 60 * time.Second

// BundleStoreConfig says where published bundles are and where to keep them.
type BundleStoreConfig struct {
	// BaseURL holds the objects `tenants/{tenant}/extensions/{extension}/
	// sha256/{hex}/bundle.tar.zst` (BUNDLE_STORE_BASE).
	BaseURL string
	// CacheDir is where bundles are extracted (EXT_CACHE_ROOT), as
	// `<hex>/bundle/…` and `<hex>/ui/…`. Nothing is ever evicted from it.
	CacheDir string
	// APIKey is sent as `x-api-key`. Empty: no credential is sent.
	APIKey string
	// Logger gets one line per fetch. Default: nothing is logged.
	Logger *slog.Logger
}

// BundleStore is the [Source] of published bundles. It reads an object store
// that needs no credentials or an API key; it does not sign requests, so a
// private S3 bucket needs a proxy in front.
//
// The content hash is what is trusted: whoever knows it gets the bundle from
// the cache, whichever tenant and extension it was first fetched for.
type BundleStore struct {
	base   *url.URL
	cfg    BundleStoreConfig
	client *http.Client
	group  singleflight.Group

	// ctx bounds fetches, which outlive the request that began them.
	ctx      context.Context
	cancel   context.CancelFunc
	fetching sync.WaitGroup

	mu     sync.Mutex
	closed bool
}

// NewBundleStore checks cfg; it does not contact the store.
func NewBundleStore(cfg BundleStoreConfig) (*BundleStore, error) {
	base, err := url.Parse(cfg.BaseURL)
	if err != nil || base.Host == "" || base.Scheme != "http" && base.Scheme != "https" {
		return nil, fmt.Errorf("setting up the bundle store: BUNDLE_STORE_BASE is %q; it must be an http or https URL", cfg.BaseURL)
	}
	if cfg.CacheDir == "" {
		return nil, errors.New("setting up the bundle store: no cache folder is given; set EXT_CACHE_ROOT")
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	ctx, cancel := context.WithCancel(context.Background())
	return &BundleStore{base: base, cfg: cfg, client: storeClient(), ctx: ctx, cancel: cancel}, nil
}

// Open implements [Source]. It fetches what is not in the cache; concurrent
// calls for one hash share the fetch.
func (s *BundleStore) Open(ctx context.Context, ref Ref) (Bundle, error) {
	digits, ok := strings.CutPrefix(ref.Hash, hashPrefix)
	if !ok || !validName(ref.Tenant) || !validName(ref.Extension) {
		return Bundle{}, ErrNotInstalled
	}
	dir := filepath.Join(s.cfg.CacheDir, digits)
	if !isReady(dir) {
		if err := s.fetchOnce(ctx, ref, dir); err != nil {
			return Bundle{}, err
		}
	}
	return Bundle{Hash: ref.Hash, Files: extracted(dir), Dir: dir}, nil
}

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
	if err := install(archive, temp, dir); err != nil {
		return &FetchError{codeExtract, fmt.Errorf("extracting the bundle of %s: %w", ref.Extension, err)}
	}
	s.cfg.Logger.InfoContext(ctx, "fetched bundle", "extension", ref.Extension, "hash", ref.Hash, "duration_ms", milliseconds(time.Since(start)))
	return nil
}

// tempDir makes a folder within the cache, so that a rename moves it.
func (s *BundleStore) tempDir(digits string) (string, error) {
	parent := filepath.Join(s.cfg.CacheDir, "tmp")
	if err := os.MkdirAll(parent, 0o755); err != nil {
		return "", err
	}
	return os.MkdirTemp(parent, digits+".*")
}

// Close cancels fetches and waits for them to end.
func (s *BundleStore) Close() error {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.cancel()
	s.fetching.Wait()
	s.client.CloseIdleConnections()
	return nil
}

// Interface guards.
var (
	_ Source = (*BundleStore)(nil)
	_ Prober = (*BundleStore)(nil)
)

package runner

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"sync"

	"golang.org/x/sync/singleflight"
)

// Codes of a [FetchError].
const (
	codeHashMismatch = "archive_hash_mismatch"
	codeExtract      = "extract_failed"
)

// BundleStoreConfig says where published bundles are and where to keep them.
type BundleStoreConfig struct {
	// BaseURL holds the objects `tenants/{tenant}/extensions/{extension}/
	// sha256/{hex}/bundle.tar.zst` (BUNDLE_STORE_BASE).
	BaseURL string
	// CacheDir is where bundles are extracted (EXT_CACHE_ROOT), as
	// `<hex>/bundle/…` and `<hex>/ui/…`.
	CacheDir string
	// MaxCacheBytes bounds what is kept there (EXT_CACHE_MAX_BYTES); the
	// oldest goes first. Zero: nothing is ever evicted.
	MaxCacheBytes int64
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

	evicting sync.Mutex
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
	sweepTemp(cfg.CacheDir)
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

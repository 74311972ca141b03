package runner

import (
	"context"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestAlga04_bytes_that_do_not_hash_to_the_URL_give_502_and_leave_no_cache(t *testing.T) {
	objects := newStore(t)
	source := objects.source(t)
	server := start(t, Config{Sources: []Source{source}})
	objects.put(testHash, goodArchive(t))
	got := getPublished(t, server, testHash)
	assert.Equal(t, http.StatusBadGateway, got.StatusCode)
	assert.Equal(t, "archive_hash_mismatch", got.code(t))
	assert.Equal(t, noStore, got.Header.Get("Cache-Control"))
	assert.Empty(t, leftovers(t, source.cfg.CacheDir))
}

func TestAlga05_corrupt_zstd_with_the_right_hash_gives_500_and_leaves_no_tree(t *testing.T) {
	whole := goodArchive(t)
	for name, archive := range map[string][]byte{
		"no zstd":           []byte("this is no archive"),
		"cut short":         whole[:len(whole)/2],
		"empty":             {},
		"no files":          pack(t, "ui/", ""),
		"all files refused": pack(t, "../evil", "x", ".env", "x"),
	} {
		t.Run(name, func(t *testing.T) {
			objects := newStore(t)
			source := objects.source(t)
			server := start(t, Config{Sources: []Source{source}})
			hash := hashOf(archive)
			objects.put(hash, archive)
			got := getPublished(t, server, hash)
			assert.Equal(t, http.StatusInternalServerError, got.StatusCode)
			assert.Equal(t, "extract_failed", got.code(t))
			assert.Empty(t, leftovers(t, source.cfg.CacheDir))
		})
	}
}

func TestBundleStore_serves_a_published_bundle_and_fetches_it_once(t *testing.T) {
	objects := newStore(t)
	archive := goodArchive(t)
	hash := hashOf(archive)
	objects.put(hash, archive)
	source := objects.source(t)
	server := start(t, Config{Sources: []Source{source}})
	for range 3 {
		got := getPublished(t, server, hash)
		require.Equal(t, http.StatusOK, got.StatusCode, got.body)
		assert.Equal(t, "<title>published</title>", got.body)
		assert.Equal(t, immutable, got.Header.Get("Cache-Control"))
	}
	assert.EqualValues(t, 1, objects.gets.Load())

	dir := filepath.Join(source.cfg.CacheDir, strings.TrimPrefix(hash, hashPrefix))
	for _, name := range []string{"bundle/manifest.json", "bundle/dist/main.wasm", "bundle/.ready", "ui/index.html"} {
		info, err := os.Stat(filepath.Join(dir, name))
		require.NoError(t, err)
		assert.Equal(t, fs.FileMode(0o444), info.Mode().Perm(), name)
	}
	again, err := NewBundleStore(source.cfg)
	require.NoError(t, err)
	defer again.Close()
	bundle, err := again.Open(t.Context(), Ref{Tenant: "t1", Extension: "acme.hello", Hash: hash})
	require.NoError(t, err)
	manifest, err := fs.ReadFile(bundle.Files, "manifest.json")
	require.NoError(t, err)
	assert.Equal(t, "{}", string(manifest))
	assert.False(t, bundle.Live)
	assert.EqualValues(t, 1, objects.gets.Load(), "the cache outlives the process")
}

func TestBundleStore_extracts_only_plain_files_within_the_bundle(t *testing.T) {
	objects := newStore(t)
	archive := pack(t,
		"./manifest.json", "{}", "./ui/", "", "./ui/index.html", "first", "ui/index.html", "last",
		"../outside", "x", "/absolute", "x", "a/../../outside", "x", ".hidden", "x", "ui/.hidden", "x", "a//b", "x", `a\b`, "x",
		"ui/link", "-> /etc/passwd", "dir", "-> ..", "bundle/.ready", "x",
	)
	hash := hashOf(archive)
	objects.put(hash, archive)
	source := objects.source(t)
	bundle, err := source.Open(t.Context(), Ref{Tenant: "t1", Extension: "acme.hello", Hash: hash})
	require.NoError(t, err)
	index, err := fs.ReadFile(bundle.Files, "ui/index.html")
	require.NoError(t, err)
	assert.Equal(t, "last", string(index))

	dir := bundle.Dir
	assert.ElementsMatch(t, []string{
		dir, filepath.Join(dir, "bundle"), filepath.Join(dir, "bundle/.ready"), filepath.Join(dir, "bundle/manifest.json"),
		filepath.Join(dir, "ui"), filepath.Join(dir, "ui/index.html"),
	}, leftovers(t, source.cfg.CacheDir))
}

func TestBundleStore_concurrent_requests_share_one_fetch_and_may_leave(t *testing.T) {
	objects := newStore(t)
	objects.gate, objects.asked = make(chan struct{}), make(chan struct{}, 1)
	archive := goodArchive(t)
	hash := hashOf(archive)
	objects.put(hash, archive)
	source := objects.source(t)
	ref := Ref{Tenant: "t1", Extension: "acme.hello", Hash: hash}

	leaving, leave := context.WithCancel(t.Context())
	left := make(chan error, 1)
	go func() { _, err := source.Open(leaving, ref); left <- err }()
	<-objects.asked
	results := make(chan error, 8)
	for range 8 {
		go func() { _, err := source.Open(t.Context(), ref); results <- err }()
	}
	leave()
	require.ErrorIs(t, <-left, context.Canceled)
	close(objects.gate)
	for range 8 {
		require.NoError(t, <-results)
	}
	assert.EqualValues(t, 1, objects.gets.Load())
}

func TestBundleStore_replaces_what_a_crash_left(t *testing.T) {
	objects := newStore(t)
	archive := goodArchive(t)
	hash := hashOf(archive)
	objects.put(hash, archive)
	source := objects.source(t)
	half := filepath.Join(source.cfg.CacheDir, strings.TrimPrefix(hash, hashPrefix), "ui")
	require.NoError(t, os.MkdirAll(half, 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(half, "index.html"), nil, 0o444))
	server := start(t, Config{Sources: []Source{source}})
	assert.Equal(t, "<title>published</title>", getPublished(t, server, hash).body)
}

func TestBundleStore_sweeps_what_killed_processes_left_but_no_recent_work(t *testing.T) {
	cache := t.TempDir()
	stale, recent := filepath.Join(cache, tempName, "old.1"), filepath.Join(cache, tempName, "new.1")
	for _, dir := range []string{stale, recent} {
		require.NoError(t, os.MkdirAll(filepath.Join(dir, "content"), 0o755))
	}
	require.NoError(t, os.Chtimes(stale, time.Time{}, time.Now().Add(-2*staleTemp)))
	source, err := NewBundleStore(BundleStoreConfig{BaseURL: "http://127.0.0.1:9", CacheDir: cache})
	require.NoError(t, err)
	defer source.Close()
	assert.NoDirExists(t, stale)
	assert.DirExists(t, recent)
}

func TestBundleStore_does_not_know_what_the_store_lacks(t *testing.T) {
	objects := newStore(t)
	source := objects.source(t)
	for _, ref := range []Ref{
		{Tenant: "t1", Extension: "acme.hello", Hash: testHash},
		{Extension: "acme.hello", Hash: testHash},
		{Tenant: "..", Extension: "acme.hello", Hash: testHash},
		{Tenant: "t1", Extension: "a/b", Hash: testHash},
	} {
		_, err := source.Open(t.Context(), ref)
		assert.ErrorIs(t, err, ErrNotInstalled, ref)
	}
	assert.EqualValues(t, 1, objects.gets.Load(), "only the complete reference is asked for")
	assert.Empty(t, leftovers(t, source.cfg.CacheDir))
}

func TestBundleStore_sends_its_API_key_but_not_to_another_host(t *testing.T) {
	keys := make(chan string, 2)
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		keys <- "other:" + req.Header.Get("X-Api-Key")
		http.NotFound(w, req)
	}))
	defer other.Close()
	first := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		keys <- "first:" + req.Header.Get("X-Api-Key")
		http.Redirect(w, req, other.URL, http.StatusFound)
	}))
	defer first.Close()
	source, err := NewBundleStore(BundleStoreConfig{BaseURL: first.URL, CacheDir: t.TempDir(), APIKey: "the key"})
	require.NoError(t, err)
	defer source.Close()
	_, err = source.Open(t.Context(), Ref{Tenant: "t1", Extension: "acme.hello", Hash: testHash})
	require.ErrorIs(t, err, ErrNotInstalled)
	assert.Equal(t, "first:the key", <-keys)
	assert.Equal(t, "other:", <-keys)
}

func TestBundleStore_that_is_away_is_told_of_without_its_address(t *testing.T) {
	away := httptest.NewServer(nil)
	away.Close()
	source, err := NewBundleStore(BundleStoreConfig{BaseURL: away.URL + "/store/only-clients-know/", CacheDir: t.TempDir()})
	require.NoError(t, err)
	defer source.Close()
	for _, err := range []error{source.Probe(t.Context()), openError(t, source)} {
		require.ErrorContains(t, err, "connection refused")
		assert.NotContains(t, err.Error(), "only-clients-know")
	}
}

func openError(t *testing.T, source *BundleStore) error {
	t.Helper()
	_, err := source.Open(t.Context(), Ref{Tenant: "t1", Extension: "acme.hello", Hash: testHash})
	return err
}

func TestBundleStore_settings_that_cannot_work_are_named(t *testing.T) {
	for _, c := range []struct{ base, cache, names string }{
		{"", "cache", "BUNDLE_STORE_BASE"}, {"ftp://x", "cache", "BUNDLE_STORE_BASE"},
		{"http://", "cache", "BUNDLE_STORE_BASE"}, {"http://x", "", "EXT_CACHE_ROOT"},
	} {
		_, err := NewBundleStore(BundleStoreConfig{BaseURL: c.base, CacheDir: c.cache})
		assert.ErrorContains(t, err, c.names)
	}
}

func TestBundleStore_Close_cancels_a_fetch_and_leaves_nothing(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	objects := newStore(t)
	objects.gate, objects.asked = make(chan struct{}), make(chan struct{}, 1)
	source := objects.source(t)
	result := make(chan error, 1)
	ref := Ref{Tenant: "t1", Extension: "acme.hello", Hash: testHash}
	go func() { _, err := source.Open(context.Background(), ref); result <- err }()
	<-objects.asked
	require.NoError(t, source.Close())
	var fetch *FetchError
	require.ErrorAs(t, <-result, &fetch)
	assert.Empty(t, leftovers(t, source.cfg.CacheDir))
	_, err := source.Open(context.Background(), ref)
	require.ErrorIs(t, err, errClosed)
	objects.Close()
}

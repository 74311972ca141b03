package runner

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestBundleStore_keeps_its_cache_below_the_bound(t *testing.T) {
	dir := t.TempDir()
	store, err := NewBundleStore(BundleStoreConfig{BaseURL: "http://store.invalid", CacheDir: dir, MaxCacheBytes: 2500})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, store.Close()) })
	place := func(n int) string {
		bundle := filepath.Join(dir, fmt.Sprintf("%064d", n))
		require.NoError(t, os.MkdirAll(filepath.Join(bundle, bundleTree), 0o755))
		require.NoError(t, os.WriteFile(filepath.Join(bundle, bundleTree, "file"), bytes.Repeat([]byte("x"), 1000), 0o444))
		marker := filepath.Join(bundle, bundleTree, readyMarker)
		require.NoError(t, os.WriteFile(marker, nil, 0o444))
		at := time.Unix(int64(1000*n), 0)
		require.NoError(t, os.Chtimes(marker, at, at))
		return bundle
	}
	one, two := place(1), place(2)
	store.evict()
	assert.DirExists(t, one, "there is room for two")
	three := place(3)
	store.evict()
	assert.NoDirExists(t, one, "the oldest goes")
	assert.DirExists(t, two)
	assert.DirExists(t, three)

	store.cfg.MaxCacheBytes = 1
	store.evict()
	assert.NoDirExists(t, two)
	assert.DirExists(t, three, "what was fetched last stays, whatever its size")
}

package runner

import (
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestAlga12_health_is_503_only_when_the_cache_cannot_be_written(t *testing.T) {
	objects := newStore(t)
	source := objects.source(t)
	server := start(t, Config{Sources: []Source{source}, CacheDir: t.TempDir()})
	well := send(t, server, http.MethodGet, "/healthz", "")
	assert.Equal(t, http.StatusOK, well.StatusCode)
	assert.JSONEq(t, `{"cache_writable":true,"bundle_store":"ok","ext_cache_max_bytes":null}`, well.body)
	assert.Equal(t, noStore, well.Header.Get("Cache-Control"))

	objects.Close()
	storeDown := send(t, server, http.MethodGet, "/healthz", "")
	assert.Equal(t, http.StatusOK, storeDown.StatusCode)
	assert.JSONEq(t, `{"cache_writable":true,"bundle_store":"bundle_store_unreachable","ext_cache_max_bytes":null}`, storeDown.body)

	// A file where the folder should be: not writable for root either.
	blocked := filepath.Join(t.TempDir(), "blocked")
	require.NoError(t, os.WriteFile(blocked, nil, 0o644))
	server = start(t, Config{CacheDir: filepath.Join(blocked, "cache")})
	unwritable := send(t, server, http.MethodGet, "/healthz", "")
	assert.Equal(t, http.StatusServiceUnavailable, unwritable.StatusCode)
	assert.JSONEq(t, `{"cache_writable":false,"bundle_store":"ok","ext_cache_max_bytes":null}`, unwritable.body)
}

func TestHealth_leaves_nothing_in_the_cache(t *testing.T) {
	cache := t.TempDir()
	server := start(t, Config{CacheDir: cache})
	send(t, server, http.MethodGet, "/healthz", "")
	assert.Empty(t, leftovers(t, cache))
}

func TestHealth_needs_no_token_but_tells_of_a_wrong_one(t *testing.T) {
	server := start(t, Config{ServiceToken: "right"})
	assert.Equal(t, http.StatusOK, send(t, server, http.MethodGet, "/healthz", "").StatusCode)
	assert.Equal(t, http.StatusOK, send(t, server, http.MethodGet, "/healthz", "", tokenHeader, "right").StatusCode)
	wrong := send(t, server, http.MethodGet, "/healthz", "", tokenHeader, "wrong")
	assert.Equal(t, http.StatusUnauthorized, wrong.StatusCode)
	assert.Equal(t, "invalid_service_token", wrong.code(t))
}

package registry

import (
	"bytes"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/caddymodule/internal/bundle"
	"github.com/same-origin/devproxy/caddymodule/runner"
)

var known = Options{APIKey: "key", StoreSecret: "s3cret"}

func objectPath(b *bundle.Bundle) string {
	return "/alga-ext/s3cret/tenants/t1/extensions/acme.hello/sha256/" + strings.TrimPrefix(b.Hash, "sha256:") + "/bundle.tar.zst"
}

func TestLookup_gives_what_a_host_shows(t *testing.T) {
	installs := newShelf()
	b := installs.publish(t, hello("one"))
	r := New(installs, known)
	for _, host := range []string{"hello.example", "HELLO.example:3000", "hello.example."} {
		got := ask(r, "GET", "/api/installs/lookup-by-host?ts=1&host="+host, "X-Api-Key", "key")
		assert.Equal(t, http.StatusOK, got.StatusCode, host)
		assert.JSONEq(t, `{"tenant_id":"t1","extension_id":"acme.hello","content_hash":"`+b.Hash+`"}`, got.body)
		assert.Equal(t, "no-store", got.Header.Get("Cache-Control"))
	}
	got := ask(r, "GET", "/api/installs/lookup-by-host?host=other.example", "X-Api-Key", "key")
	assert.Equal(t, http.StatusNotFound, got.StatusCode)
	assert.Equal(t, "install_not_found", got.code(t))
	got = ask(r, "GET", "/api/installs/lookup-by-host", "X-Api-Key", "key")
	assert.Equal(t, http.StatusBadRequest, got.StatusCode)
	assert.Equal(t, "missing_parameter", got.code(t))
}

func TestHostName_is_without_port_brackets_and_case(t *testing.T) {
	for given, want := range map[string]string{
		"A.b": "a.b", "a.b:80": "a.b", "[::1]:80": "::1", "[::1]": "::1", "::1": "::1", "a.b.:80": "a.b", "": "", ":80": "",
	} {
		assert.Equal(t, want, hostName(given), given)
	}
}

func TestValidate_knows_every_hash_of_the_history_and_no_other_tenant(t *testing.T) {
	installs := newShelf()
	old, current := installs.publish(t, hello("one")), installs.publish(t, hello("two"))
	r := New(installs, known)
	tests := []struct {
		query string
		want  string
	}{
		{"tenant=t1&extension=acme.hello&hash=" + current.Hash, `{"valid":true}`},
		{"tenant=t1&extension=acme.hello&hash=" + old.Hash, `{"valid":true}`},
		{"tenant=t1&extension=acme.hello&ts=5&hash=" + strings.ToUpper(strings.TrimPrefix(old.Hash, "sha256:")), `{"valid":true}`},
		{"tenant=t2&extension=acme.hello&hash=" + current.Hash, `{"valid":false}`},
		{"tenant=t1&extension=acme.other&hash=" + current.Hash, `{"valid":false}`},
		{"tenant=t1&extension=acme.hello&hash=sha256:00", `{"valid":false}`},
	}
	for _, test := range tests {
		got := ask(r, "GET", "/api/installs/validate?"+test.query, "X-Api-Key", "key")
		assert.Equal(t, http.StatusOK, got.StatusCode)
		assert.JSONEq(t, test.want, got.body, test.query)
	}
	got := ask(r, "GET", "/api/installs/validate?tenant=t1&extension=x", "X-Api-Key", "key")
	assert.Equal(t, "missing_parameter", got.code(t))
	assert.Contains(t, got.body, "hash is missing")
}

func TestRegistry_answers_only_who_has_the_key(t *testing.T) {
	var log bytes.Buffer
	r := New(newShelf(), Options{APIKey: "key", StoreSecret: "s3cret", Logger: slog.New(slog.NewTextHandler(&log, nil))})
	for _, path := range []string{"/api/installs/lookup-by-host?host=hello.example", "/api/installs/validate?tenant=t1&extension=x&hash=y"} {
		for _, key := range []string{"", "Key", "key ", "keykey"} {
			got := ask(r, "GET", path, "X-Api-Key", key)
			assert.Equal(t, http.StatusUnauthorized, got.StatusCode, key)
			assert.Equal(t, "invalid_api_key", got.code(t))
		}
	}
	assert.Contains(t, log.String(), "invalid_api_key")
	assert.NotContains(t, log.String(), "keykey")
	one, other := New(newShelf(), Options{}), New(newShelf(), Options{})
	assert.NotEqual(t, one.apiKey, other.apiKey)
	assert.NotEqual(t, one.secret, other.secret)
}

func TestStore_is_not_there_without_its_secret(t *testing.T) {
	var log bytes.Buffer
	installs := newShelf()
	b := installs.publish(t, hello("one"))
	r := New(installs, Options{StoreSecret: "s3cret", Logger: slog.New(slog.NewTextHandler(&log, nil))})
	for _, path := range []string{"/alga-ext/", "/alga-ext/s3cre7/", strings.Replace(objectPath(b), "s3cret", "s3cre7", 1), strings.Replace(objectPath(b), "/s3cret", "", 1)} {
		got := ask(r, "GET", path, "X-Api-Key", r.apiKey)
		assert.Equal(t, http.StatusNotFound, got.StatusCode, path)
		assert.Equal(t, "not_found", got.code(t))
	}
	assert.NotContains(t, log.String(), "s3cre7", "it may be the secret but for a typing error")
}

func TestStore_gives_the_archive_its_ranges_and_its_tag(t *testing.T) {
	installs := newShelf()
	b := installs.publish(t, hello("one"))
	r := New(installs, known)
	archive, err := b.Archive()
	require.NoError(t, err)
	data, err := io.ReadAll(archive)
	require.NoError(t, err)
	tag := `"sha256-` + strings.TrimPrefix(b.Hash, "sha256:") + `"`

	got := ask(r, "GET", objectPath(b))
	assert.Equal(t, http.StatusOK, got.StatusCode)
	assert.Equal(t, string(data), got.body)
	assert.Equal(t, strconv.Itoa(len(data)), got.Header.Get("Content-Length"))
	assert.Equal(t, tag, got.Header.Get("Etag"))
	assert.Equal(t, "application/zstd", got.Header.Get("Content-Type"))

	got = ask(r, "HEAD", objectPath(b))
	assert.Equal(t, http.StatusOK, got.StatusCode)
	assert.Empty(t, got.body)
	assert.Equal(t, strconv.Itoa(len(data)), got.Header.Get("Content-Length"))

	got = ask(r, "GET", objectPath(b), "Range", "bytes=10-19")
	assert.Equal(t, http.StatusPartialContent, got.StatusCode)
	assert.Equal(t, string(data[10:20]), got.body)

	got = ask(r, "GET", objectPath(b), "Range", "bytes=999999-")
	assert.Equal(t, http.StatusRequestedRangeNotSatisfiable, got.StatusCode)
	assert.Equal(t, "requested_range_not_satisfiable", got.code(t))
	assert.Equal(t, "bytes */"+strconv.Itoa(len(data)), got.Header.Get("Content-Range"))

	got = ask(r, "GET", objectPath(b), "If-None-Match", tag)
	assert.Equal(t, http.StatusNotModified, got.StatusCode)
	assert.Empty(t, got.body)

	got = ask(r, "HEAD", "/alga-ext/s3cret/")
	assert.Equal(t, http.StatusOK, got.StatusCode)
}

func TestRegistry_says_in_JSON_what_it_does_not_do(t *testing.T) {
	installs := newShelf()
	b := installs.publish(t, hello("one"))
	r := New(installs, known)
	tests := []struct {
		method, path, code string
		status             int
	}{
		{"GET", strings.Replace(objectPath(b), "/t1/", "/t2/", 1), "bundle_not_found", 404},
		{"GET", strings.Replace(objectPath(b), "acme.hello", "acme.other", 1), "bundle_not_found", 404},
		{"GET", "/alga-ext/s3cret/tenants/t1/extensions/acme.hello/sha256/..%2F..%2Fx/bundle.tar.zst", "bundle_not_found", 404},
		{"PUT", objectPath(b), "method_not_allowed", 405},
		{"POST", "/api/installs/validate", "method_not_allowed", 405},
		{"POST", "/api/internal/ext-storage/install/1", "not_found", 404},
		{"GET", "/", "not_found", 404},
	}
	for _, test := range tests {
		got := ask(r, test.method, test.path, "X-Api-Key", "key")
		assert.Equal(t, test.status, got.StatusCode, test.path)
		assert.Equal(t, test.code, got.code(t), test.path)
		assert.Equal(t, "application/json; charset=utf-8", got.Header.Get("Content-Type"))
		assert.Equal(t, "no-store", got.Header.Get("Cache-Control"))
	}
}

func TestRunner_fetches_bundles_from_the_registry_and_verifies_them(t *testing.T) {
	installs := newShelf()
	made := []*bundle.Bundle{installs.publish(t, hello("one")), installs.publish(t, hello("two"))}
	r := started(t, installs, Options{})
	env := r.Env("127.0.0.1")
	store, err := runner.NewBundleStore(runner.BundleStoreConfig{
		BaseURL: env["BUNDLE_STORE_BASE"], APIKey: env["ALGA_AUTH_KEY"], CacheDir: t.TempDir(),
	})
	require.NoError(t, err)
	defer store.Close()
	require.NoError(t, store.Probe(t.Context()))
	for _, b := range made {
		fetched, err := store.Open(t.Context(), runner.Ref{Tenant: tenant, Extension: extension, Hash: b.Hash})
		require.NoError(t, err)
		for _, path := range b.Changed(nil) {
			want, err := fs.ReadFile(b.Files(), path)
			require.NoError(t, err)
			got, err := fs.ReadFile(fetched.Files, path)
			require.NoError(t, err)
			assert.Equal(t, want, got, path)
		}
	}
	_, err = store.Open(t.Context(), runner.Ref{Tenant: "t2", Extension: extension, Hash: "sha256:" + strings.Repeat("0", 64)})
	assert.ErrorIs(t, err, runner.ErrNotInstalled)
}

func TestRunner_serves_the_UI_of_a_bundle_from_the_registry(t *testing.T) {
	installs := newShelf()
	b := installs.publish(t, hello("served"))
	r := started(t, installs, Options{})
	store, err := runner.NewBundleStore(runner.BundleStoreConfig{BaseURL: r.Env("127.0.0.1")["BUNDLE_STORE_BASE"], CacheDir: t.TempDir()})
	require.NoError(t, err)
	defer store.Close()
	run, err := runner.New(runner.Config{Sources: []runner.Source{store}})
	require.NoError(t, err)
	recorder := httptest.NewRecorder()
	run.ServeHTTP(recorder, httptest.NewRequest("GET", "/ext-ui/acme.hello/"+b.Hash+"/css/main.css?tenant=t1", nil))
	assert.Equal(t, http.StatusOK, recorder.Code)
	assert.Equal(t, "body{}", recorder.Body.String())
	digest, _ := b.Digest("ui/css/main.css")
	assert.Equal(t, `"sha256-`+digest+`"`, recorder.Header().Get("Etag"))
}

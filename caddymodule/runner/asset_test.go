package runner

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	immutable = "public, max-age=31536000, immutable"
	noStore   = "no-store"
)

func page() map[string]string {
	return map[string]string{
		"manifest.json":  `{"name":"hello"}`,
		".secret":        "hidden",
		"ui/index.html":  "<!doctype html><title>index</title>",
		"ui/app.js":      "console.log('app')",
		"ui/docs/a.html": "<p>docs</p>",
		"ui/digits.txt":  "0123456789",
	}
}

func TestAlga06_paths_that_could_leave_the_folder_are_refused(t *testing.T) {
	server := start(t, Config{Sources: []Source{newFolder(t, false, page())}})
	for _, path := range []string{
		"../x", ".env", `a\b`, "x.exe", "docs/../../manifest.json", "./index.html", "/index.html",
		"%2e%2e/manifest.json", "%2E%2E%2Fmanifest.json", "docs%2Fa.html", "a%5cb", "index.html%00", "a%0ab",
		"%252e%252e/manifest.json", "..%252f", "%252Fetc", "name.", "docs./a.html", "x.exe/", "page.php",
		"%ff.html", strings.Repeat("a/", 10_000) + "index.html", strings.Repeat("a", 300),
	} {
		got := getAsset(t, server, path)
		assert.Equal(t, http.StatusBadRequest, got.StatusCode, path)
		assert.Equal(t, "invalid_path", got.code(t), path)
		assert.Equal(t, noStore, got.Header.Get("Cache-Control"), path)
	}
}

func TestAlga07_an_unknown_extensionless_route_gives_the_index_with_its_policy(t *testing.T) {
	server := start(t, Config{Sources: []Source{newFolder(t, false, page())}, FrameAncestors: "'self' https://host.example"})
	for _, path := range []string{"settings/users", "docs", "docs/", "app.js/deeper", "missing.js", "index.html", "docs//nothing"} {
		got := getAsset(t, server, path)
		assert.Equal(t, http.StatusOK, got.StatusCode, path)
		assert.Contains(t, got.body, "<title>index</title>", path)
		assert.Equal(t, "text/html; charset=utf-8", got.Header.Get("Content-Type"), path)
		assert.Equal(t, immutable, got.Header.Get("Cache-Control"), path)
		assert.Equal(t, "nosniff", got.Header.Get("X-Content-Type-Options"), path)
		policy := got.Header.Get("Content-Security-Policy")
		assert.Contains(t, policy, "default-src 'self'", path)
		assert.Contains(t, policy, "; frame-ancestors 'self' https://host.example", path)
	}
}

func TestAlga08_a_matching_etag_gives_304_without_a_body(t *testing.T) {
	server := start(t, Config{Sources: []Source{newFolder(t, false, page())}})
	etag := getAsset(t, server, "index.html").Header.Get("Etag")
	require.Regexp(t, `^"sha256-[0-9a-f]{64}"$`, etag)
	for _, condition := range []string{etag, `"other", ` + etag, "*"} {
		got := getAsset(t, server, "index.html", "If-None-Match", condition)
		assert.Equal(t, http.StatusNotModified, got.StatusCode, condition)
		assert.Equal(t, etag, got.Header.Get("Etag"))
		assert.Equal(t, immutable, got.Header.Get("Cache-Control"))
		assert.NotEmpty(t, got.Header.Get("Content-Security-Policy"))
		assert.Empty(t, got.body)
	}
	assert.Equal(t, http.StatusOK, getAsset(t, server, "index.html", "If-None-Match", `"other"`).StatusCode)
}

func TestAlga09_an_asset_above_the_limit_gives_413(t *testing.T) {
	files := page()
	files["ui/large.txt"] = strings.Repeat("x", 1025)
	files["ui/fits.txt"] = strings.Repeat("x", 1024)
	server := start(t, Config{Sources: []Source{newFolder(t, false, files)}, MaxAssetBytes: 1024})
	got := getAsset(t, server, "large.txt")
	assert.Equal(t, http.StatusRequestEntityTooLarge, got.StatusCode)
	assert.Contains(t, got.body, "asset too large")
	assert.Equal(t, noStore, got.Header.Get("Cache-Control"))
	assert.Equal(t, http.StatusOK, getAsset(t, server, "fits.txt").StatusCode)
}

func TestAlga11_HEAD_gives_the_headers_of_GET_and_no_body(t *testing.T) {
	server := start(t, Config{Sources: []Source{newFolder(t, false, page())}})
	get := getAsset(t, server, "app.js")
	head := send(t, server, http.MethodHead, assetURL("app.js"), "")
	get.Header.Del("Date")
	head.Header.Del("Date")
	assert.Equal(t, get.Header, head.Header)
	assert.Equal(t, get.ContentLength, head.ContentLength)
	assert.Empty(t, head.body)
}

func TestAsset_serves_ranges_with_the_strong_etag(t *testing.T) {
	server := start(t, Config{Sources: []Source{newFolder(t, false, page())}})
	whole := getAsset(t, server, "digits.txt")
	assert.Empty(t, whole.Header.Get("Last-Modified"))

	part := getAsset(t, server, "digits.txt", "Range", "bytes=2-4", "If-Range", whole.Header.Get("Etag"))
	assert.Equal(t, http.StatusPartialContent, part.StatusCode)
	assert.Equal(t, "234", part.body)
	assert.Equal(t, "bytes 2-4/10", part.Header.Get("Content-Range"))
	assert.Equal(t, immutable, part.Header.Get("Cache-Control"))

	stale := getAsset(t, server, "digits.txt", "Range", "bytes=2-4", "If-Range", `"sha256-00"`)
	assert.Equal(t, http.StatusOK, stale.StatusCode)

	beyond := getAsset(t, server, "digits.txt", "Range", "bytes=20-30")
	assert.Equal(t, http.StatusRequestedRangeNotSatisfiable, beyond.StatusCode)
	assert.Equal(t, noStore, beyond.Header.Get("Cache-Control"))
}

func TestAsset_of_a_working_tree_is_never_stored_and_its_etag_follows_its_content(t *testing.T) {
	source := newFolder(t, true, page())
	server := start(t, Config{Sources: []Source{source}})
	first := getAsset(t, server, "app.js")
	assert.Equal(t, noStore, first.Header.Get("Cache-Control"))
	info, err := os.Stat(filepath.Join(source.dir, "ui/app.js"))
	require.NoError(t, err)

	// Same size and mtime: only the content tells.
	source.write(t, "ui/app.js", "console.log('APP')")
	require.NoError(t, os.Chtimes(filepath.Join(source.dir, "ui/app.js"), info.ModTime(), info.ModTime()))
	second := getAsset(t, server, "app.js", "If-None-Match", first.Header.Get("Etag"))
	assert.Equal(t, http.StatusOK, second.StatusCode)
	assert.Equal(t, "console.log('APP')", second.body)
	assert.NotEqual(t, first.Header.Get("Etag"), second.Header.Get("Etag"))

	unchanged := getAsset(t, server, "app.js", "If-None-Match", second.Header.Get("Etag"))
	assert.Equal(t, http.StatusNotModified, unchanged.StatusCode)
	assert.Equal(t, noStore, unchanged.Header.Get("Cache-Control"))
}

func TestAsset_of_a_working_tree_too_large_to_read_whole_streams_without_an_etag(t *testing.T) {
	files := page()
	files["ui/film.mp4"] = strings.Repeat("f", liveBufferBytes+1)
	server := start(t, Config{Sources: []Source{newFolder(t, true, files)}})
	got := getAsset(t, server, "film.mp4", "Range", "bytes=0-9")
	assert.Equal(t, http.StatusPartialContent, got.StatusCode)
	assert.Empty(t, got.Header.Get("Etag"))
	assert.Equal(t, "ffffffffff", got.body)
}

func TestAsset_does_not_follow_links_out_of_the_folder(t *testing.T) {
	source := newFolder(t, true, page())
	outside := filepath.Join(t.TempDir(), "outside.txt")
	require.NoError(t, os.WriteFile(outside, []byte("the owner's secret"), 0o644))
	require.NoError(t, os.Symlink(outside, filepath.Join(source.dir, "ui", "link.txt")))
	require.NoError(t, os.Symlink("../.secret", filepath.Join(source.dir, "ui", "inside.txt")))
	server := start(t, Config{Sources: []Source{source}})
	got := getAsset(t, server, "link.txt")
	assert.NotContains(t, got.body, "the owner's secret")
	assert.Equal(t, http.StatusInternalServerError, got.StatusCode)
	assert.Equal(t, "asset_unreadable", got.code(t))
}

func TestAsset_without_an_index_gives_404(t *testing.T) {
	server := start(t, Config{Sources: []Source{newFolder(t, false, map[string]string{"manifest.json": "{}"})}})
	got := getAsset(t, server, "index.html")
	assert.Equal(t, http.StatusNotFound, got.StatusCode)
	assert.Contains(t, got.body, "no ui/index.html")
}

func TestAsset_gets_its_type_and_documents_a_policy(t *testing.T) {
	types := map[string]string{
		"a.mjs": "text/javascript; charset=utf-8", "a.wasm": "application/wasm", "a.ico": "image/x-icon",
		"a.gif": "image/gif", "a.txt": "text/plain; charset=utf-8", "a.ttf": "font/ttf", "a.CSS": "text/css; charset=utf-8",
		"a.svg": "image/svg+xml", "a.json": "application/json", "LICENSE": "application/octet-stream",
	}
	files := map[string]string{}
	for name := range types {
		files["ui/"+name] = "content"
	}
	server := start(t, Config{Sources: []Source{newFolder(t, false, files)}, ContentSecurityPolicy: "default-src 'none'"})
	for name, want := range types {
		got := getAsset(t, server, name)
		assert.Equal(t, want, got.Header.Get("Content-Type"), name)
		policy := ""
		if name == "a.svg" {
			policy = "default-src 'none'"
		}
		assert.Equal(t, policy, got.Header.Get("Content-Security-Policy"), name)
	}
}

func TestAsset_urls_that_name_nothing_are_refused(t *testing.T) {
	server := start(t, Config{Sources: []Source{newFolder(t, false, page())}})
	other := "sha256:" + strings.Repeat("00", 32)
	for _, c := range []struct {
		path, code string
		status     int
	}{
		{"/ext-ui/acme.hello/sha256:xyz/index.html", "invalid_content_hash", 400},
		{"/ext-ui/acme.hello/md5:ab/index.html", "invalid_content_hash", 400},
		{"/ext-ui/acme.hello/sha256:/index.html", "invalid_content_hash", 400},
		{"/ext-ui/acme.hello/sha256:" + strings.Repeat("a", 4000) + "/index.html", "invalid_content_hash", 400},
		{"/ext-ui/..%2f/" + testHash + "/index.html", "invalid_extension_id", 400},
		{"/ext-ui/acme.hello/" + testHash, "not_found", 404},
		{"/ext-ui/acme.hello/" + testHash + "/", "not_found", 404},
		{"/ext-ui/acme.hello", "not_found", 404},
		{"/ext-ui/acme.other/" + testHash + "/index.html", "extension_not_installed", 404},
		{"/ext-ui/acme.hello/" + other + "/index.html", "extension_not_installed", 404},
		{"/", "not_found", 404},
		{"/ext-uix", "not_found", 404},
	} {
		got := send(t, server, http.MethodGet, c.path, "")
		assert.Equal(t, c.status, got.StatusCode, c.path)
		assert.Equal(t, c.code, got.code(t), c.path)
		assert.Equal(t, noStore, got.Header.Get("Cache-Control"), c.path)
	}
}

func TestAsset_accepts_the_hash_encoded_and_in_capitals(t *testing.T) {
	server := start(t, Config{Sources: []Source{newFolder(t, false, page())}})
	for _, hash := range []string{strings.ToUpper(testHash), strings.Replace(testHash, ":", "%3A", 1)} {
		got := send(t, server, http.MethodGet, "/ext-ui/acme.hello/"+hash+"/app.js?path=%2F", "")
		assert.Equal(t, http.StatusOK, got.StatusCode, hash)
	}
}

func TestAsset_tenant_may_only_agree(t *testing.T) {
	server := start(t, Config{Sources: []Source{newFolder(t, false, page())}})
	for _, c := range []struct {
		query, header string
		status        int
	}{
		{"", "", 200}, {"?tenant=t1", "", 200}, {"", "t1", 200}, {"?tenant=t1", "t1", 200},
		{"?tenant=t2", "", 404}, {"", "t2", 404}, {"?tenant=t1", "t2", 400}, {"?tenant=t1&tenant=t2", "", 400},
		{"?tenant=..%2F..", "", 400},
	} {
		got := send(t, server, http.MethodGet, assetURL("index.html")+c.query, "", "X-Tenant-Id", c.header)
		assert.Equal(t, c.status, got.StatusCode, c)
	}
}

func TestRunner_answers_wrong_methods_with_those_that_it_allows(t *testing.T) {
	server := start(t, Config{Sources: []Source{newFolder(t, false, page())}})
	for path, allow := range map[string]string{
		assetURL("index.html"): "GET, HEAD", "/v1/execute": "POST", "/healthz": "GET, HEAD", "/warmup": "POST",
	} {
		got := send(t, server, http.MethodDelete, path, "")
		assert.Equal(t, http.StatusMethodNotAllowed, got.StatusCode, path)
		assert.Equal(t, allow, got.Header.Get("Allow"), path)
		assert.Equal(t, noStore, got.Header.Get("Cache-Control"), path)
		assert.Equal(t, "method_not_allowed", got.code(t), path)
	}
}

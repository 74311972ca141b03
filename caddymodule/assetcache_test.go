package caddymodule

import (
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var assetHash = "sha256:" + strings.Repeat("ab", 32)

// assetRunner serves immutable assets, and counts how often it is asked.
func assetRunner(t testing.TB) (address string, asked *atomic.Int64) {
	t.Helper()
	asked = new(atomic.Int64)
	return upstream(t, func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
		if strings.Contains(r.URL.Path, "cookie") {
			w.Header().Set("Set-Cookie", "__Host-a=b; Path=/; Secure")
		}
		if strings.Contains(r.URL.Path, "missing") {
			w.WriteHeader(404)
		}
		io.WriteString(w, "content")
	}).URL, asked
}

func TestAssets_are_asked_for_once_across_swaps_and_reloads(t *testing.T) {
	a, askedA := assetRunner(t)
	b, askedB := assetRunner(t)
	global := lines("backend a "+a, "backend b "+b, "default a")
	s := serve(t, global, "runner")
	path := "/runner/ext-ui/acme.x/" + assetHash + "/app.js"
	get := func() {
		res := s.get(path)
		assert.Equal(t, 200, res.status)
		assert.Equal(t, "content", res.body)
	}
	get()
	get()
	require.NoError(t, live.Load().Select("b"))
	get()
	s.load(global, "runner\nheader X-Comment changed")
	get()
	assert.Equal(t, []int64{1, 0}, []int64{askedA.Load(), askedB.Load()})

	s.load(lines(global, "asset_cache off"), "runner")
	get()
	get()
	assert.EqualValues(t, 2, askedB.Load(), "and never from memory when that is off")
}

func TestAssets_of_one_site_are_not_those_of_another(t *testing.T) {
	var asked atomic.Int64
	runner := upstream(t, func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		if r.Header.Get("X-Forwarded-Host") == "two.test" {
			w.WriteHeader(http.StatusNotFound) // its tenant has no such extension
			return
		}
		w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
		io.WriteString(w, "of "+r.Header.Get("X-Forwarded-Host"))
	})
	s := serve(t, lines("backend a "+runner.URL, "default a"), "runner")
	get := func(host string) (int, string) {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.url+"/runner/ext-ui/acme.x/"+assetHash+"/app.js", http.NoBody)
		require.NoError(t, err)
		req.Host = host
		res, err := noRedirects.Do(req)
		require.NoError(t, err)
		defer res.Body.Close()
		body, err := io.ReadAll(res.Body)
		require.NoError(t, err)
		return res.StatusCode, string(body)
	}
	for range 2 {
		for _, host := range []string{"one.test", "ONE.test", "three.test"} {
			status, body := get(host)
			assert.Equal(t, 200, status)
			assert.Equal(t, "of "+strings.ToLower(host), strings.ToLower(body))
		}
		status, _ := get("two.test")
		assert.Equal(t, 404, status, "what the first site has is not for it")
	}
	assert.EqualValues(t, 4, asked.Load(), "each site once, and the refusal each time")
}

func TestAssets_with_cookies_and_errors_are_asked_for_each_time(t *testing.T) {
	address, asked := assetRunner(t)
	s := serve(t, lines("backend a "+address, "default a"), "runner")
	for i, file := range []string{"cookie.js", "missing.js"} {
		for range 2 {
			assert.Equal(t, "no-store", s.get("/runner/ext-ui/acme.x/"+assetHash+"/"+file).header.Get("Cache-Control"), file)
		}
		assert.EqualValues(t, 2*(i+1), asked.Load(), file)
	}
}

func TestAssets_of_a_loaded_extension_are_never_kept(t *testing.T) {
	s := serve(t, "extension "+extensionFolder(t, nil), "runner")
	for range 2 {
		a := s.get("/runner/ext-ui/acme.hello/" + assetHash + "/index.html")
		assert.Equal(t, 200, a.status)
		assert.Equal(t, "no-store", a.header.Get("Cache-Control"))
		assert.Empty(t, a.header.Get("Cache-Status"))
	}
	assert.Zero(t, live.Load().Assets().Stats().Assets)
}

func TestAssets_do_not_hide_that_a_runner_is_down(t *testing.T) {
	address, _ := assetRunner(t)
	s := serve(t, lines("backend a "+address, "default a", "hold 20ms"), "runner")
	path := "/runner/ext-ui/acme.x/" + assetHash + "/app.js"
	assert.Equal(t, 200, s.get(path).status)
	selector := live.Load().Selector()
	selector.SetReady(selector.Current(), false)
	assert.Equal(t, 503, s.get(path).status)
}

func TestAssets_that_cannot_be_had_are_reported_as_without_a_cache(t *testing.T) {
	s := serve(t, lines("backend gone "+refusing(t), "default gone"), "runner")
	a := s.get("/runner/ext-ui/acme.x/" + assetHash + "/app.js")
	assert.Equal(t, 502, a.status)
	assert.Equal(t, "runner_unreachable", a.code(t))

	half := upstream(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Cache-Control", "public, immutable")
		w.Header().Set("Content-Length", "100")
		io.WriteString(w, "half")
	})
	s.load(lines("backend half "+half.URL, "default half"), "runner")
	a = s.get("/runner/ext-ui/acme.x/" + assetHash + "/app.js")
	assert.Equal(t, 502, a.status)
	assert.Equal(t, "runner_proxy_error", a.code(t))
	assert.Zero(t, live.Load().Assets().Stats().Assets)
}

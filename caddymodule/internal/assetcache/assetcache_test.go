package assetcache

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestCache_asks_the_runner_once(t *testing.T) {
	c, n := New(1<<20), immutable("text/javascript", script)
	first := ask(t, c, n, "GET", url("a.js"))
	assert.Equal(t, script, body(t, first))
	assert.Equal(t, "devproxy; fwd=uri-miss; stored", first.Header.Get("Cache-Status"))
	assert.Equal(t, "cold;dur=2000.0", first.Header.Get("Server-Timing"))
	for range 3 {
		res := ask(t, c, n, "GET", url("a.js"))
		assert.Equal(t, 200, res.StatusCode)
		assert.Equal(t, script, body(t, res))
		assert.Equal(t, "devproxy; hit", res.Header.Get("Cache-Status"))
		assert.Equal(t, "public, max-age=31536000, immutable", res.Header.Get("Cache-Control"))
		assert.Equal(t, fmt.Sprint(len(script)), res.Header.Get("Content-Length"))
		assert.Empty(t, res.Header.Get("Date")+res.Header.Get("X-Runner-Generation")+res.Header.Get("Server-Timing"), "these were the first answer's")
	}
	assert.EqualValues(t, 1, n.asked.Load())
	ask(t, c, n, "GET", url("a.js")+"?tenant=t2")
	assert.EqualValues(t, 2, n.asked.Load(), "another query may mean another answer")
	assert.Equal(t, Stats{Hits: 3, Misses: 2, Assets: 2, Bytes: c.bytes, Limit: 1 << 20}, c.Stats())
}

func TestCache_does_not_let_others_change_what_is_kept(t *testing.T) {
	c, n := New(1<<20), immutable("text/plain", "x")
	ask(t, c, n, "GET", url("a"))
	res := ask(t, c, n, "GET", url("a"))
	res.Header["Content-Type"][0] = "changed"
	assert.Equal(t, "text/plain", ask(t, c, n, "GET", url("a")).Header.Get("Content-Type"))
}

func TestCache_answers_ranges_conditions_and_HEAD_as_a_file_server_does(t *testing.T) {
	c, n := New(1<<20), immutable("text/javascript", script)
	for _, q := range []struct {
		name, method string
		header       []string
		status       int
		body         string
	}{
		// the first of them is a miss: the runner is asked for the whole
		{"a range", "GET", []string{"Range", "bytes=7-11", "Accept-Encoding", "zstd"}, 206, "const"},
		{"the last bytes", "GET", []string{"Range", "bytes=-3"}, 206, "1;\n"},
		{"a range too far", "GET", []string{"Range", "bytes=999999-"}, 416, "invalid range: failed to overlap\n"},
		{"a range of another version", "GET", []string{"Range", "bytes=0-1", "If-Range", `"other"`}, 200, script},
		{"the same tag", "GET", []string{"If-None-Match", `"e1"`}, 304, ""},
		{"one of several tags", "GET", []string{"If-None-Match", `"e0", W/"e1"`}, 304, ""},
		{"another tag", "GET", []string{"If-None-Match", `"e2"`}, 200, script},
		{"a tag that must match", "GET", []string{"If-Match", `"e2"`}, 412, ""},
		{"HEAD", "HEAD", nil, 200, ""},
	} {
		res := ask(t, c, n, q.method, url("a.js"), q.header...)
		assert.Equal(t, q.status, res.StatusCode, q.name)
		assert.Equal(t, q.body, body(t, res), q.name)
		if q.method == "HEAD" {
			assert.EqualValues(t, len(script), res.ContentLength)
		}
		if q.status == 304 {
			assert.Equal(t, `"e1"`, res.Header.Get("Etag"))
			assert.NotEmpty(t, res.Header.Get("Cache-Control"))
		}
	}
	assert.EqualValues(t, 1, n.asked.Load())
}

func TestCache_sends_a_HEAD_for_what_it_has_not_on_as_it_is(t *testing.T) {
	c, n := New(1<<20), &runner{answer: func(w http.ResponseWriter, r *http.Request) { w.Header().Set("X-Method", r.Method) }}
	assert.Equal(t, "HEAD", ask(t, c, n, "HEAD", url("a.js")).Header.Get("X-Method"))
	assert.Zero(t, c.Stats().Assets)
}

func TestCache_asks_for_the_whole_asset_in_no_encoding(t *testing.T) {
	var seen http.Header
	c := New(1 << 20)
	n := &runner{answer: func(_ http.ResponseWriter, r *http.Request) { seen = r.Header }}
	ask(t, c, n, "GET", url("a.js"), "Range", "bytes=0-1", "If-None-Match", `"x"`, "Accept-Encoding", "br", "Accept-Language", "de")
	assert.Equal(t, http.Header{"Accept-Encoding": {"identity"}, "Accept-Language": {"de"}}, seen)
}

func TestCache_keeps_only_what_is_everybodys_for_ever(t *testing.T) {
	forever := "public, max-age=31536000, immutable"
	for name, q := range map[string]struct {
		status int
		header map[string]string
		path   string
		kept   bool
	}{
		"an asset":                    {200, nil, "", true},
		"one that varies by encoding": {200, map[string]string{"Vary": "accept-encoding"}, "", true},
		"one in an escaped URL":       {200, nil, "/ext-ui/acme.x/sha256%3A" + hash + "/a.js", true},
		"an error":                    {404, nil, "", false},
		"a partial answer":            {206, map[string]string{"Content-Range": "bytes 0-1/9"}, "", false},
		"a redirect":                  {307, map[string]string{"Location": "/x"}, "", false},
		"a cookie":                    {200, map[string]string{"Set-Cookie": "a=b"}, "", false},
		"one that varies otherwise":   {200, map[string]string{"Vary": "Accept-Encoding, Origin"}, "", false},
		"one that varies by all":      {200, map[string]string{"Vary": "*"}, "", false},
		"an encoded one":              {200, map[string]string{"Content-Encoding": "br"}, "", false},
		"no-store":                    {200, map[string]string{"Cache-Control": "no-store"}, "", false},
		"private":                     {200, map[string]string{"Cache-Control": "private, immutable"}, "", false},
		"not said to be immutable":    {200, map[string]string{"Cache-Control": "public, max-age=60"}, "", false},
		"one with trailers":           {200, map[string]string{"Trailer": "X-Sum"}, "", false},
		"no hash":                     {200, nil, "/ext-ui/acme.x/latest/a.js", false},
		"a short hash":                {200, nil, "/ext-ui/acme.x/sha256:abcd/a.js", false},
		"no colon and too short":      {200, nil, "/ext-ui/acme.x/sha256" + hash[6:] + "/a.js", false},
		"no colon":                    {200, nil, "/ext-ui/acme.x/sha256" + hash + "/a.js", false},
		"a hash of no digits":         {200, nil, "/ext-ui/acme.x/sha256:" + strings.Repeat("g", 64) + "/a.js", false},
		"a hash without a file":       {200, nil, "/ext-ui/acme.x/sha256:" + hash, false},
		"another path":                {200, nil, "/healthz", false},
	} {
		t.Run(name, func(t *testing.T) {
			c := New(1 << 20)
			n := &runner{answer: func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Cache-Control", forever)
				for name, value := range q.header {
					w.Header().Set(name, value)
				}
				w.WriteHeader(q.status)
				io.WriteString(w, "content")
			}}
			path := q.path
			if path == "" {
				path = url("a.js")
			}
			for range 3 {
				res := ask(t, c, n, "GET", path)
				assert.Equal(t, q.status, res.StatusCode)
				assert.Equal(t, "content", body(t, res))
			}
			assert.Equal(t, q.kept, n.asked.Load() == 1, "the runner was asked %d times", n.asked.Load())
		})
	}
}

func TestCache_forgets_the_longest_unused_first(t *testing.T) {
	c := New(8 * (perAsset + 1000))
	n := immutable("image/png", strings.Repeat("x", 800))
	for i := range 8 {
		ask(t, c, n, "GET", url(fmt.Sprint(i)))
	}
	ask(t, c, n, "GET", url("0")) // used
	ask(t, c, n, "GET", url("8"))
	before := n.asked.Load()
	ask(t, c, n, "GET", url("0"))
	assert.Equal(t, before, n.asked.Load())
	ask(t, c, n, "GET", url("1"))
	assert.Equal(t, before+1, n.asked.Load())
	assert.LessOrEqual(t, c.Stats().Bytes, c.limit)
	assert.NotZero(t, c.Stats().Evictions)

	c.Resize(0)
	assert.Zero(t, c.Stats().Bytes)
	ask(t, c, n, "GET", url("1"))
	ask(t, c, n, "GET", url("1"))
	assert.Equal(t, before+3, n.asked.Load(), "a cache without room keeps nothing")
}

func TestCache_brings_an_asset_anew_for_a_hard_reload(t *testing.T) {
	c := New(1 << 20)
	ask(t, c, immutable("text/plain", "wrong"), "GET", url("a"))
	assert.Equal(t, "right", body(t, ask(t, c, immutable("text/plain", "right"), "GET", url("a"), "Cache-Control", "no-cache")))
	assert.Equal(t, "right", body(t, ask(t, c, immutable("text/plain", "other"), "GET", url("a"))))
	assert.Equal(t, 1, c.Stats().Assets)
}

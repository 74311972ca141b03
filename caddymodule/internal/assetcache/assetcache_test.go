package assetcache

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var (
	hash   = strings.Repeat("ab", 32)
	script = strings.Repeat("export const a = 1;\n", 700) // about 14 KB
)

func url(file string) string { return "/ext-ui/acme.x/sha256:" + hash + "/" + file }

// runner counts what it is asked, and answers with what answer writes.
type runner struct {
	asked  atomic.Int64
	answer func(w http.ResponseWriter, r *http.Request)
}

func (n *runner) fetch(w http.ResponseWriter, r *http.Request) error {
	n.asked.Add(1)
	n.answer(w, r)
	return nil
}

func immutable(contentType, body string) *runner {
	return &runner{answer: func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
		w.Header().Set("Etag", `"e1"`)
		w.Header().Set("Date", "Thu, 01 Jan 1970 00:00:00 GMT")
		w.Header().Set("X-Runner-Generation", "3")
		io.WriteString(w, body)
	}}
}

func ask(t *testing.T, c *Cache, n *runner, method, path string, header ...string) *http.Response {
	t.Helper()
	r := httptest.NewRequest(method, path, nil)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	require.NoError(t, c.Serve(w, r, n.fetch))
	return w.Result()
}

func body(t *testing.T, res *http.Response) string {
	t.Helper()
	read, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	return string(read)
}

func TestCache_asks_the_runner_once(t *testing.T) {
	c, n := New(1<<20), immutable("text/javascript", script)
	first := ask(t, c, n, "GET", url("a.js"))
	assert.Equal(t, script, body(t, first))
	assert.Equal(t, "devproxy; fwd=uri-miss; stored", first.Header.Get("Cache-Status"))
	for range 3 {
		res := ask(t, c, n, "GET", url("a.js"))
		assert.Equal(t, 200, res.StatusCode)
		assert.Equal(t, script, body(t, res))
		assert.Equal(t, "devproxy; hit", res.Header.Get("Cache-Status"))
		assert.Equal(t, "public, max-age=31536000, immutable", res.Header.Get("Cache-Control"))
		assert.Equal(t, fmt.Sprint(len(script)), res.Header.Get("Content-Length"))
		assert.Empty(t, res.Header.Get("Date")+res.Header.Get("X-Runner-Generation"), "these were the first answer's")
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

func TestCache_passes_a_large_asset_through_and_remembers_that(t *testing.T) {
	large := strings.Repeat("x", 3000)
	for name, announced := range map[string]bool{"announced": true, "not announced": false} {
		t.Run(name, func(t *testing.T) {
			c, n := New(8000), immutable("text/plain", "")
			answer := n.answer
			var ranges []string
			n.answer = func(w http.ResponseWriter, r *http.Request) {
				ranges = append(ranges, r.Header.Get("Range"))
				if announced {
					w.Header().Set("Content-Length", "3000")
				}
				answer(w, r)
				for i := range 3 {
					io.WriteString(w, large[i*1000:(i+1)*1000])
				}
			}
			for range 2 {
				res := ask(t, c, n, "GET", url("film"), "Range", "bytes=0-")
				assert.Equal(t, large, body(t, res))
				assert.Equal(t, "text/plain", res.Header.Get("Content-Type"))
			}
			assert.Equal(t, []string{"", "bytes=0-"}, ranges, "then the range is the runner's business")
			assert.Zero(t, c.Stats().Bytes)
		})
	}
}

func TestCache_brings_an_asset_once_for_all_who_ask_at_once(t *testing.T) {
	c, n := New(1<<20), immutable("text/plain", "shared")
	answer, entered, release := n.answer, make(chan struct{}), make(chan struct{})
	n.answer = func(w http.ResponseWriter, r *http.Request) {
		close(entered)
		<-release
		answer(w, r)
	}
	var all sync.WaitGroup
	get := func() { assert.Equal(t, "shared", body(t, ask(t, c, n, "GET", url("a")))) }
	all.Go(get)
	<-entered
	for range 20 {
		all.Go(get)
	}
	close(release)
	all.Wait()
	assert.EqualValues(t, 1, n.asked.Load())
}

func TestCache_lets_another_ask_when_the_first_client_leaves(t *testing.T) {
	c, n := New(1<<20), immutable("text/plain", "later")
	ctx, leave := context.WithCancel(t.Context())
	entered, left := make(chan struct{}), make(chan error)
	go func() {
		r := httptest.NewRequest("GET", url("a"), nil).WithContext(ctx)
		left <- c.Serve(httptest.NewRecorder(), r, func(_ http.ResponseWriter, r *http.Request) error {
			close(entered)
			<-r.Context().Done()
			return r.Context().Err()
		})
	}()
	<-entered
	second := make(chan string)
	go func() {
		w := httptest.NewRecorder()
		assert.NoError(t, c.Serve(w, httptest.NewRequest("GET", url("a"), nil), n.fetch))
		second <- w.Body.String()
	}()
	leave()
	assert.ErrorIs(t, <-left, context.Canceled)
	assert.Equal(t, "later", <-second)
}

func TestCache_tells_all_who_wait_of_a_runner_that_fails_and_asks_again_later(t *testing.T) {
	c, down := New(1<<20), errors.New("down")
	r := httptest.NewRequest("GET", url("a"), nil)
	assert.ErrorIs(t, c.Serve(httptest.NewRecorder(), r, func(http.ResponseWriter, *http.Request) error { return down }), down)
	assert.Equal(t, "up", body(t, ask(t, c, immutable("text/plain", "up"), "GET", url("a"))))
}

func TestCache_keeps_nothing_of_an_answer_that_breaks_off(t *testing.T) {
	for name, fetch := range map[string]Fetch{
		"told by a panic": func(w http.ResponseWriter, _ *http.Request) error {
			immutable("text/plain", "half").answer(w, nil)
			panic(http.ErrAbortHandler)
		},
		"shorter than announced": func(w http.ResponseWriter, _ *http.Request) error {
			w.Header().Set("Content-Length", "8")
			immutable("text/plain", "half").answer(w, nil)
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			c, w := New(1<<20), httptest.NewRecorder()
			assert.ErrorIs(t, c.Serve(w, httptest.NewRequest("GET", url("a"), nil), fetch), errBroken)
			assert.Empty(t, w.Body.String())
			assert.Equal(t, "whole", body(t, ask(t, c, immutable("text/plain", "whole"), "GET", url("a"))))
		})
	}
}

func TestCache_passes_on_the_panic_of_an_answer_that_breaks_off_on_its_way_to_the_client(t *testing.T) {
	c := New(1 << 20)
	assert.PanicsWithValue(t, http.ErrAbortHandler, func() {
		_ = c.Serve(httptest.NewRecorder(), httptest.NewRequest("GET", url("a"), nil), func(w http.ResponseWriter, _ *http.Request) error {
			io.WriteString(w, "not to be kept")
			panic(http.ErrAbortHandler)
		})
	})
	assert.Equal(t, "x", body(t, ask(t, c, immutable("text/plain", "x"), "GET", url("a"))), "and nobody waits for it")
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

func TestCache_sends_each_client_the_encoding_it_likes(t *testing.T) {
	c, n := New(1<<20), immutable("text/javascript", script)
	before := int64(0)
	for _, q := range []struct{ accept, want, tag string }{
		{"", "", `"e1"`},
		{"gzip, deflate, br, zstd", "zstd", `"e1.zstd"`},
		{"gzip, br", "br", `"e1.br"`},
		{"gzip", "gzip", `"e1.gzip"`},
		{"gzip;q=1, br;q=0.5, zstd; q=0.1", "gzip", `"e1.gzip"`},
		{"*", "zstd", `"e1.zstd"`},
		{"zstd;q=0, *;q=0.5", "br", `"e1.br"`},
		{"identity", "", `"e1"`},
		{"zstd;q=2", "", `"e1"`},
	} {
		res := ask(t, c, n, "GET", url("a.js"), "Accept-Encoding", q.accept)
		assert.Equal(t, q.want, res.Header.Get("Content-Encoding"), q.accept)
		assert.Equal(t, q.tag, res.Header.Get("Etag"), q.accept)
		assert.Equal(t, "Accept-Encoding", res.Header.Get("Vary"))
		sent := body(t, res)
		assert.Equal(t, fmt.Sprint(len(sent)), res.Header.Get("Content-Length"))
		assert.Equal(t, script, decoded(t, q.want, sent), q.accept)
		if q.want != "" {
			assert.Less(t, len(sent), len(script)/10)
			again := ask(t, c, n, "GET", url("a.js"), "Accept-Encoding", q.accept, "If-None-Match", q.tag)
			assert.Equal(t, 304, again.StatusCode)
		}
		assert.GreaterOrEqual(t, c.Stats().Bytes, before, "encodings take room too")
		before = c.Stats().Bytes
	}
	assert.EqualValues(t, 1, n.asked.Load())
	assert.Greater(t, before, int64(len(script)+perAsset+len(url("a.js"))))
}

func decoded(t *testing.T, coding, sent string) string {
	t.Helper()
	var r io.Reader = strings.NewReader(sent)
	var err error
	switch coding {
	case "zstd":
		r, err = zstd.NewReader(r)
	case "br":
		r = brotli.NewReader(r)
	case "gzip":
		r, err = gzip.NewReader(r)
	}
	require.NoError(t, err)
	plain, err := io.ReadAll(r)
	require.NoError(t, err)
	return string(plain)
}

func TestCache_encodes_nothing_that_would_not_get_smaller(t *testing.T) {
	noise := make([]byte, 4000)
	state := uint32(1)
	for i := range noise {
		state = state*1664525 + 1013904223
		noise[i] = byte(state >> 24)
	}
	for kind, content := range map[string][]byte{"image/png": bytes.Repeat([]byte("x"), 4000), "text/plain": noise, "text/css": []byte("a{}")} {
		res := ask(t, New(1<<20), immutable(kind, string(content)), "GET", url("a"), "Accept-Encoding", "zstd, br, gzip")
		assert.Empty(t, res.Header.Get("Content-Encoding"), kind)
	}
}

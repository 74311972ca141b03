package assetcache

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

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

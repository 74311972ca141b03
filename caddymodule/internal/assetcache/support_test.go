package assetcache

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

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
		w.Header().Set("Server-Timing", "cold;dur=2000.0")
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

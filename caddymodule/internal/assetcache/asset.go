package assetcache

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// asset is one answer that is kept. Only its size changes, under Cache.mu.
type asset struct {
	key      string
	plain    form
	coded    [len(codings)]encoded
	modified time.Time // zero when the runner does not say
	size     int64
}

// form is an asset as it is sent: in one encoding or none.
type form struct {
	header http.Header
	body   []byte
}

// perAsset is about what an asset takes besides its body.
const perAsset = 1 << 10

// What Cache-Status (RFC 9211) says of an answer.
const (
	hit    = "devproxy; hit"
	stored = "devproxy; fwd=uri-miss; stored"
)

// ofOneAnswer are headers of the answer rather than of the asset.
var ofOneAnswer = []string{"Age", "Date", "Server-Timing", "X-Runner-Generation", "X-Request-Id"}

func newAsset(key string, header http.Header, body []byte) *asset {
	header = header.Clone()
	for _, name := range ofOneAnswer {
		header.Del(name)
	}
	if header.Get("Etag") == "" {
		sum := sha256.Sum256(body)
		header.Set("Etag", `"`+hex.EncodeToString(sum[:8])+`"`)
	}
	if header.Get("Content-Type") == "" {
		header.Set("Content-Type", http.DetectContentType(body))
	}
	if compressible(header.Get("Content-Type"), len(body)) {
		header.Set("Vary", "Accept-Encoding")
	}
	modified, err := http.ParseTime(header.Get("Last-Modified"))
	if err != nil {
		modified = time.Time{}
	}
	header.Set("Content-Length", strconv.Itoa(len(body)))
	return &asset{key: key, plain: form{header, body}, modified: modified, size: int64(len(key)+len(body)) + perAsset}
}

// answer writes a, as r asks for it: part of it, nothing new, or all.
func (c *Cache) answer(w http.ResponseWriter, r *http.Request, a *asset, status string) {
	sent := c.choose(r, a)
	sent.writeHeader(w.Header())
	w.Header().Set("Cache-Status", status)
	if r.Method == http.MethodGet && !isConditional(r) {
		// what ServeContent comes to, in one write
		w.WriteHeader(http.StatusOK)
		_, _ = w.Write(sent.body) // a client that leaves is no fault of ours
		return
	}
	http.ServeContent(w, r, "", a.modified, bytes.NewReader(sent.body))
}

// writeHeader copies the values, since whoever gets them may change them; all
// into one array, since this is most of the work of an answer.
func (f form) writeHeader(to http.Header) {
	varies := to["Vary"]
	values := make([]string, 0, len(f.header))
	for name, own := range f.header {
		start := len(values)
		values = append(values, own...)
		to[name] = values[start:len(values):len(values)]
	}
	addVary(to, varies)
}

// addVary puts back what handlers around us said that the answer depends on:
// it is as true of one from memory.
func addVary(to http.Header, before []string) {
	if len(before) > 0 {
		to["Vary"] = slices.Concat(before, to["Vary"])
	}
}

func isConditional(r *http.Request) bool {
	for _, name := range []string{"Range", "If-None-Match", "If-Modified-Since", "If-Match", "If-Unmodified-Since"} {
		if len(r.Header[name]) > 0 {
			return true
		}
	}
	return false
}

// tagFor is the entity tag of an encoding: bytes that differ must not share a
// strong one. The separator is not that of Caddy's encode, which would take
// the ending off again on the way in.
func tagFor(tag, coding string) string {
	if strings.HasPrefix(tag, "W/") || !strings.HasSuffix(tag, `"`) {
		return tag
	}
	return strings.TrimSuffix(tag, `"`) + "." + coding + `"`
}

// encoding.go contains the encodings that an asset is sent in: which one a
// client gets, and how each is made, once.

package assetcache

import (
	"bytes"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// codings in the order that we prefer where a client has no preference: zstd
// is made fastest, gzip is largest.
var codings = [...]struct {
	name   string
	writer func(io.Writer) (io.WriteCloser, error)
}{
	{"zstd", func(w io.Writer) (io.WriteCloser, error) {
		// browsers take no windows above 8 MiB
		return zstd.NewWriter(w, zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(8<<20))
	}},
	{"br", func(w io.Writer) (io.WriteCloser, error) { return brotli.NewWriterLevel(w, 5), nil }},
	{"gzip", func(w io.Writer) (io.WriteCloser, error) { return gzip.NewWriterLevel(w, gzip.DefaultCompression) }},
}

// encoded is an asset in one encoding, made when it is first asked for.
type encoded struct {
	once sync.Once
	form *form // nil when it would not be smaller
}

// choose gives the form of a that r gets. Ranges are of the plain one.
func (c *Cache) choose(r *http.Request, a *asset) form {
	asked := r.Header.Get("Accept-Encoding")
	if asked == "" || r.Header.Get("Range") != "" || !compressible(a.plain.header.Get("Content-Type"), len(a.plain.body)) {
		return a.plain
	}
	best := preferred(asked)
	if best < 0 {
		return a.plain
	}
	e := &a.coded[best]
	e.once.Do(func() {
		if e.form = encode(a.plain, best); e.form != nil {
			c.grow(a, int64(len(e.form.body)))
		}
	})
	if e.form == nil {
		return a.plain
	}
	return *e.form
}

// encode gives nil when the encoding saves less than a tenth.
func encode(plain form, coding int) *form {
	var out bytes.Buffer
	w, err := codings[coding].writer(&out)
	if err != nil {
		return nil
	}
	if _, err = w.Write(plain.body); err != nil || w.Close() != nil || out.Len() > len(plain.body)*9/10 {
		return nil
	}
	header := plain.header.Clone()
	header.Set("Content-Encoding", codings[coding].name)
	header.Set("Content-Length", strconv.Itoa(out.Len()))
	header.Set("Etag", tagFor(header.Get("Etag"), codings[coding].name))
	return &form{header, bytes.Clone(out.Bytes())}
}

// smallest is what fits into one packet anyway.
const smallest = 1 << 10

// compressible goes by the kind of content: images, fonts and films are
// compressed already.
func compressible(contentType string, size int) bool {
	kind, _, _ := mime.ParseMediaType(contentType)
	switch kind {
	case "application/javascript", "application/json", "application/wasm", "application/xml", "application/manifest+json", "image/svg+xml", "font/ttf", "font/otf":
		return size >= smallest
	}
	return size >= smallest && strings.HasPrefix(kind, "text/")
}

// preferred is the coding that the client likes most, of several the first of
// ours; -1 for none.
func preferred(accept string) int {
	best, most := -1, 0.0
	for i, coding := range codings {
		if q := quality(accept, coding.name); q > most {
			best, most = i, q
		}
	}
	return best
}

// quality is how much the client likes a coding, from 0 to 1; `*` speaks for
// those that it does not name.
func quality(accept, coding string) float64 {
	other := 0.0
	for item := range strings.SplitSeq(accept, ",") {
		name, parameters, _ := strings.Cut(item, ";")
		name = strings.TrimSpace(name)
		if !strings.EqualFold(name, coding) && name != "*" {
			continue
		}
		q := 1.0
		if value, ok := strings.CutPrefix(strings.ReplaceAll(strings.ToLower(parameters), " ", ""), "q="); ok {
			parsed, err := strconv.ParseFloat(value, 64)
			if err != nil || parsed < 0 || parsed > 1 {
				parsed = 0
			}
			q = parsed
		}
		if name != "*" {
			return q
		}
		other = q
	}
	return other
}

package livereload

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zlib"
	"github.com/klauspost/compress/zstd"
)

// acceptedEncodings are those that decode knows.
const acceptedEncodings = "zstd, gzip, deflate"

func contentEncoding(header http.Header) string {
	encoding := strings.ToLower(strings.TrimSpace(strings.Join(header.Values("Content-Encoding"), ", ")))
	if encoding == "identity" {
		return ""
	}
	return encoding
}

func knownEncoding(encoding string) bool {
	_, known := decoders[encoding]
	return known || encoding == ""
}

var decoders = map[string]func(io.Reader) (io.ReadCloser, error){
	"gzip":    newGzip,
	"x-gzip":  newGzip,
	"deflate": newDeflate,
	"zstd":    newZstd,
}

func newGzip(r io.Reader) (io.ReadCloser, error) { return gzip.NewReader(r) }

// newDeflate reads zlib data, which the name stands for, as well as the raw
// data that some servers send instead.
func newDeflate(r io.Reader) (io.ReadCloser, error) {
	b := bufio.NewReader(r)
	start, err := b.Peek(2)
	if err != nil {
		return nil, err
	}
	if start[0]&0x0f == 8 && (int(start[0])<<8|int(start[1]))%31 == 0 {
		return zlib.NewReader(b)
	}
	return flate.NewReader(b), nil
}

// zstdWindow is the largest that HTTP allows (RFC 9659); what asks for more
// would have us take that memory.
const zstdWindow = 8 << 20

// newZstd decodes without goroutines of its own.
func newZstd(r io.Reader) (io.ReadCloser, error) {
	d, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(zstdWindow))
	if err != nil {
		return nil, err
	}
	return d.IOReadCloser(), nil
}

// decode gives body's plain bytes as they come. The encoding is a known one.
func decode(body io.ReadCloser, encoding string) io.ReadCloser {
	if encoding == "" {
		return body
	}
	return &decoded{body: body, encoding: encoding, open: decoders[encoding]}
}

// decoded opens its decoder with the first Read, as that waits for data.
type decoded struct {
	body     io.ReadCloser
	encoding string
	open     func(io.Reader) (io.ReadCloser, error)
	plain    io.ReadCloser
}

func (d *decoded) Read(p []byte) (int, error) {
	if d.plain == nil {
		plain, err := d.open(d.body)
		if err != nil {
			return 0, d.fault(err)
		}
		d.plain = plain
	}
	n, err := d.plain.Read(p)
	return n, d.fault(err)
}

func (d *decoded) fault(err error) error {
	if err == nil || errors.Is(err, io.EOF) {
		return err
	}
	return fmt.Errorf("decoding the runner's %s: %w", d.encoding, err)
}

func (d *decoded) Close() error {
	if d.plain != nil {
		// its error is the data's, which Read has told
		_ = d.plain.Close()
	}
	return d.body.Close()
}

var _ io.ReadCloser = (*decoded)(nil)

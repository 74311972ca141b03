package bundle

import (
	"errors"
	"io"
	"sort"
)

// archive is the blobs of an archive, one behind the other.
type archive struct {
	parts []*blob
	ends  []int64 // where each part ends
}

func newArchive(parts []*blob) *archive {
	a := &archive{parts: parts, ends: make([]int64, len(parts))}
	var end int64
	for i, part := range parts {
		end += part.size
		a.ends[i] = end
	}
	return a
}

func (a *archive) size() int64 {
	if len(a.ends) == 0 {
		return 0
	}
	return a.ends[len(a.ends)-1]
}

// ReadAt implements [io.ReaderAt].
func (a *archive) ReadAt(p []byte, off int64) (n int, err error) {
	if off < 0 {
		return 0, errors.New("reading the archive: the offset is negative")
	}
	i := sort.Search(len(a.ends), func(i int) bool { return a.ends[i] > off })
	for ; i < len(a.parts) && n < len(p); i++ {
		part := a.parts[i]
		at := off + int64(n) - (a.ends[i] - part.size)
		want := p[n:min(int64(len(p)), int64(n)+part.size-at)]
		got, err := part.ReadAt(want, at)
		n += got
		if got < len(want) {
			return n, err
		}
	}
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// archiveReader is an open archive. The blobs close themselves.
type archiveReader struct{ *io.SectionReader }

// Close implements [io.Closer].
func (archiveReader) Close() error { return nil }

// Interface guards.
var (
	_ io.ReaderAt       = (*archive)(nil)
	_ io.ReadSeekCloser = archiveReader{}
)

package bundle

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/bits"
	"os"
	"path"
	"strings"
	"time"

	"github.com/same-origin/devproxy/caddymodule/runner/filetime"
)

// settled is how old a file must be for its size and time to vouch for its
// content: a second write within the clock's grain would change neither. Some
// file systems count in steps of up to two seconds, which shows.
const (
	settled       = 100 * time.Millisecond
	settledCoarse = 2 * time.Second
)

// member is one file of a bundle.
type member struct {
	name           string
	content, frame *blob

	info fs.FileInfo // as the content was read; nil when it vouches for nothing
	read time.Time   // when reading began
}

// vouches says that the file as info shows it has the content of m.
func (m *member) vouches(info fs.FileInfo) bool {
	if m == nil || m.info == nil || m.info.ModTime().IsZero() {
		return false
	}
	grain := settled
	if m.info.ModTime().Nanosecond() == 0 {
		grain = settledCoarse
	}
	return filetime.Same(m.info, info) &&
		filetime.Settled(m.info, m.read, grain) && !replaced(m.info, info)
}

// replaced says that another file was moved to the place of the old one.
// Times and sizes may not tell: moving keeps them.
func replaced(old, info fs.FileInfo) bool {
	known := os.SameFile(old, old) // it is false for what is no file on disk
	return known && !os.SameFile(old, info)
}

// attempts is how often a file is read that changes meanwhile.
const attempts = 4

// read gives what the file holds, and a member that vouches for it unless the
// file was still being written to. What is read is what gets published, so
// that is harmless; it is read again next time.
func read(ctx context.Context, src fs.FS, name string) (*member, []byte, error) {
	one := &member{name: name}
	var data []byte
	for n := 0; n < attempts && one.info == nil; n++ {
		err := ctx.Err()
		if err == nil {
			one.read = time.Now()
			data, one.info, err = readOnce(src, name)
		}
		if err != nil {
			return nil, nil, fmt.Errorf("reading %s: %w", name, err)
		}
	}
	return one, data, nil
}

// readOnce gives no info when the file changed meanwhile.
func readOnce(src fs.FS, name string) ([]byte, fs.FileInfo, error) {
	file, err := src.Open(name)
	if err != nil {
		return nil, nil, err
	}
	defer file.Close()
	before, err := file.Stat()
	if err != nil {
		return nil, nil, err
	}
	buffer := bytes.NewBuffer(make([]byte, 0, min(before.Size(), maxBytes)+bytes.MinRead))
	n, err := buffer.ReadFrom(io.LimitReader(file, maxBytes+1))
	if n > maxBytes {
		err = errors.New("it grows without end")
	}
	if err != nil {
		return nil, nil, err
	}
	after, err := file.Stat()
	if err != nil {
		return nil, nil, err
	}
	if after.Size() != n || before.Size() != n || !filetime.Same(before, after) {
		after = nil
	}
	return buffer.Bytes(), after, nil
}

// byPlace is the order of the archive: what rarely changes comes first, and
// then what is large, so that little is hashed anew after a save. It depends
// on nothing but names and sizes.
func byPlace(a, b *member) int {
	return cmp.Or(cmp.Compare(volatility(a.name), volatility(b.name)),
		-cmp.Compare(bits.Len64(uint64(a.content.size)), bits.Len64(uint64(b.content.size))),
		cmp.Compare(a.name, b.name))
}

func volatility(name string) int {
	switch path.Ext(name) {
	case ".html", ".css", ".js", ".mjs", ".json", ".map":
		if !strings.HasPrefix(name, "dist/") {
			return 2
		}
		return 1
	}
	return 0
}

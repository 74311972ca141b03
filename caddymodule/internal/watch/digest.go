package watch

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"syscall"
	"time"

	"github.com/cespare/xxhash/v2"

	"github.com/same-origin/devproxy/caddymodule/runner/filetime"
)

const (
	// wholeUpTo is the size up to which a file is read in full: about 10 ms.
	wholeUpTo = 64 << 20
	// sample is what is read at either end of a larger file.
	sample = 1 << 20
	// racy is how long after its modification a file may change once more
	// without another time stamp, on the coarsest file systems in use.
	racy = 2 * time.Second
)

// file is what is known of one file.
type file struct {
	digest uint64
	info   fs.FileInfo
	read   time.Time // when the digest was made
	target string    // for a link: the file it leads to, absolute
}

var errNotRegular = errors.New("not a regular file")

// readFile makes the digest of a file, following links. One that cannot be
// opened counts by its size and time: a save must not go unnoticed because the
// process has as many files open as it may.
func readFile(name string) (file, error) {
	f := file{read: time.Now()}
	// Opening a pipe that took the file's place must not wait for a writer.
	in, err := os.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE) {
		return statFile(name, f)
	}
	if err != nil {
		return f, err
	}
	defer in.Close()
	if f.info, err = in.Stat(); err != nil {
		return f, err
	}
	if !f.info.Mode().IsRegular() {
		return f, errNotRegular
	}
	f.digest, err = digest(in, f.info)
	return f, err
}

func statFile(name string, f file) (file, error) {
	info, err := os.Stat(name)
	if err != nil {
		return f, err
	}
	f.info = info
	f.digest = xxhash.Sum64String(sizeAndTime(info))
	return f, nil
}

// digest is no protection against anybody: it tells two versions of a
// developer's own file apart.
func digest(in io.ReaderAt, info fs.FileInfo) (uint64, error) {
	d := xxhash.New()
	size := info.Size()
	if size <= wholeUpTo {
		err := add(d, in, 0, wholeUpTo, size)
		return d.Sum64(), err
	}
	_, _ = d.WriteString(sizeAndTime(info)) // the digest takes everything
	for _, at := range []int64{0, size - sample} {
		if err := add(d, in, at, sample, sample); err != nil {
			return 0, err
		}
	}
	return d.Sum64(), nil
}

// add reads up to limit bytes; most files are small, and so is their buffer.
func add(d *xxhash.Digest, in io.ReaderAt, at, limit, expected int64) error {
	buffer := make([]byte, min(expected+1, 128<<10))
	_, err := io.CopyBuffer(d, io.NewSectionReader(in, at, limit), buffer)
	return err
}

func sizeAndTime(info fs.FileInfo) string {
	return fmt.Sprintf("%d %d", info.Size(), info.ModTime().UnixNano())
}

// same says that a file needs no reading, since nothing can have been written
// since it was read: it is the same file with the same size and time, and the
// time was long past then.
func (f *file) same(info fs.FileInfo) bool {
	return f.target == "" && info.Mode().IsRegular() &&
		os.SameFile(f.info, info) &&
		filetime.Same(f.info, info) &&
		filetime.Settled(info, f.read, racy)
}

// digestOfLink tells a link from a file that holds the same text.
func digestOfLink(text string) uint64 { return xxhash.Sum64String("link to " + text) }

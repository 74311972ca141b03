package bundle

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// inMemory is the largest content that is not worth a file.
const inMemory = 1 << 20

// blob is bytes that never change: in memory, or in a file that stays open,
// so that neither a sweep nor a user who empties the folder takes them from
// those who still read. The file closes with the last use of the blob.
type blob struct {
	sum  [sha256.Size]byte
	size int64
	data []byte   // nil when they are in file
	name string   // of the file in its folder; empty in memory
	file *os.File // nil when they are in data
}

// ReadAt implements [io.ReaderAt]. A file that somebody cut short is an error
// and not an early end.
func (b *blob) ReadAt(p []byte, off int64) (int, error) {
	if b.file == nil {
		return bytes.NewReader(b.data).ReadAt(p, off)
	}
	n, err := b.file.ReadAt(p, off)
	if err == io.EOF && off+int64(n) < b.size {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}

func (b *blob) reader() *io.SectionReader { return io.NewSectionReader(b, 0, b.size) }

// blobs makes blobs; it is the folder for large ones. Empty: all are kept in
// memory.
type blobs string

// put takes data over. sum is the data's SHA-256.
func (dir blobs) put(data []byte, sum [sha256.Size]byte) (*blob, error) {
	b := &blob{sum: sum, size: int64(len(data)), data: data}
	if dir == "" || len(data) <= inMemory {
		return b, nil
	}
	name := fmt.Sprintf("%x", sum)
	file, err := dir.write(name, bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	b.data, b.file, b.name = nil, file, name
	return b, nil
}

// write creates or replaces the file name and opens it. Nobody ever sees a
// part of it.
func (dir blobs) write(name string, content io.Reader) (*os.File, error) {
	if err := os.MkdirAll(string(dir), 0o700); err != nil {
		return nil, cannotWrite(dir, err)
	}
	temp, err := os.CreateTemp(string(dir), tempPrefix+"*")
	if err != nil {
		return nil, cannotWrite(dir, err)
	}
	_, err = io.Copy(temp, content)
	err = errors.Join(err, temp.Close())
	file, openErr := os.Open(temp.Name()) // before it has a name that others replace
	if err = errors.Join(err, openErr); err == nil {
		err = os.Rename(temp.Name(), filepath.Join(string(dir), name))
	}
	if err != nil {
		file.Close()
		os.Remove(temp.Name())
		return nil, cannotWrite(dir, err)
	}
	return file, nil
}

// tempPrefix marks files that are not complete.
const tempPrefix = "tmp-"

func cannotWrite(dir blobs, err error) error {
	return &Error{CodePublishFailed, fmt.Errorf("keeping the bundle in %s: %w; free space there or make it writable, then save again", string(dir), err)}
}

// Interface guard.
var _ io.ReaderAt = (*blob)(nil)

package guest

import (
	"errors"
	"fmt"
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

// freeze writes the image to a file in memory.
func freeze(i *image) (*os.File, error) {
	fd, err := unix.MemfdCreate("devproxy-handler", unix.MFD_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("making a file in memory: %w", err)
	}
	file := os.NewFile(uintptr(fd), "handler")
	if err := file.Truncate(int64(i.pages) * bytesPerPage); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	for _, segment := range i.segments {
		if _, err := file.WriteAt(segment.Data, int64(segment.Offset)); err != nil {
			return nil, errors.Join(err, file.Close())
		}
	}
	return file, nil
}

// thaw gives size bytes that begin with what the file has, and the call that
// takes them back: nothing may refer to them then. What is written to them is
// written nowhere else, and what is never touched costs addresses only.
func thaw(file *os.File, begin, size uint64) (memory []byte, release func(), err error) {
	const access, private = unix.PROT_READ | unix.PROT_WRITE, unix.MAP_PRIVATE | unix.MAP_NORESERVE
	at, err := unix.MmapPtr(-1, 0, nil, uintptr(size), access, private|unix.MAP_ANON)
	if err != nil {
		return nil, nil, fmt.Errorf("reserving addresses: %w", err)
	}
	release = func() { _ = unix.MunmapPtr(at, uintptr(size)) }
	if _, err := unix.MmapPtr(int(file.Fd()), 0, at, uintptr(begin), access, private|unix.MAP_FIXED); err != nil {
		release()
		return nil, nil, fmt.Errorf("mapping an image: %w", err)
	}
	return unsafe.Slice((*byte)(at), size), release, nil
}

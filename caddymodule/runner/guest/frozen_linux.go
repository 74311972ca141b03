package guest

import (
	"encoding/binary"
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

// copyPages gives a memory pages of its own of what is going to be written to.
// Where the kernel cannot (before Linux 5.14), it does so page by page later.
func copyPages(memory []byte, spans []span) {
	for _, s := range spans {
		if err := unix.Madvise(memory[s.from:s.to], unix.MADV_POPULATE_WRITE); err != nil {
			return
		}
	}
}

const (
	// pagemap tells of each page of the process in 8 bytes; those flags are
	// documented in the kernel's admin-guide/mm/pagemap.rst.
	pagemap     = "/proc/self/pagemap"
	pagePresent = 1 << 63
	pageOfFile  = 1 << 61 // or shared

	// closePages is how many pages that nobody writes to are copied rather than
	// to ask the kernel once more.
	closePages = 2
)

// writtenOf finds the parts of a memory with pages of its own, where the kernel
// says so.
func writtenOf(memory []byte) (spans []span, known bool) {
	file, err := os.Open(pagemap)
	if err != nil {
		return nil, false
	}
	defer file.Close()
	size := os.Getpagesize()
	pages := make([]byte, 8*(len(memory)/size))
	at := uintptr(unsafe.Pointer(unsafe.SliceData(memory)))
	if _, err := file.ReadAt(pages, int64(at)/int64(size)*8); err != nil {
		return nil, false
	}
	for i := 0; 8*i < len(pages); i++ {
		if flags := binary.NativeEndian.Uint64(pages[8*i:]); flags&pagePresent == 0 || flags&pageOfFile != 0 {
			continue
		}
		from, last := i*size, len(spans)-1
		if last >= 0 && from <= spans[last].to+closePages*size {
			spans[last].to = from + size
			continue
		}
		spans = append(spans, span{from, from + size})
	}
	return spans, true
}

package abi

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// Memory is a guest's linear memory and its allocator.
type Memory interface {
	// Read returns n bytes at offset, valid until the next Allocate; false
	// when they are not all inside the memory.
	Read(offset, n uint32) ([]byte, bool)
	// Write copies b to offset; false when it does not fit the memory.
	Write(offset uint32, b []byte) bool
	// Size is the memory's length in bytes; 4 GiB may read as 0.
	Size() uint32
	// Allocate asks the guest for size bytes; the memory may move.
	Allocate(align, size uint32) (uint32, error)
}

// ErrHostValue is what errors are that are the host's fault: a value that
// does not fit the type it was to be lowered to.
var ErrHostValue = errors.New("value does not fit its type")

// hostValueError has a message of its own; only errors.Is shows the mark.
type hostValueError string

func (e hostValueError) Error() string { return string(e) }

func (hostValueError) Is(target error) bool { return target == ErrHostValue }

func hostValue(format string, args ...any) error {
	return hostValueError(fmt.Sprintf(format, args...))
}

// read returns n bytes at an aligned offset.
func read(m Memory, offset, n, align uint32) ([]byte, error) {
	if offset&(align-1) != 0 {
		return nil, fmt.Errorf("pointer %#x is not aligned to %d", offset, align)
	}
	b, inside := m.Read(offset, n)
	if !inside {
		return nil, fmt.Errorf("pointer %#x with %d bytes is outside the memory of %d bytes", offset, n, m.Size())
	}
	return b, nil
}

// allocate asks the guest for memory and checks what it answers.
func allocate(m Memory, size uint64, align uint32) (uint32, error) {
	if size > 1<<31 {
		return 0, fmt.Errorf("value of %d bytes is too large for a guest", size)
	}
	offset, err := m.Allocate(align, uint32(size))
	if err != nil {
		return 0, err
	}
	_, err = read(m, offset, uint32(size), align)
	return offset, err
}

func readUint(b []byte) uint64 {
	switch len(b) {
	case 1:
		return uint64(b[0])
	case 2:
		return uint64(binary.LittleEndian.Uint16(b))
	case 4:
		return uint64(binary.LittleEndian.Uint32(b))
	}
	return binary.LittleEndian.Uint64(b)
}

// writeUint writes the low size bytes of v.
func writeUint(m Memory, offset, size uint32, v uint64) error {
	var b [8]byte
	binary.LittleEndian.PutUint64(b[:], v)
	if !m.Write(offset, b[:size]) {
		return fmt.Errorf("pointer %#x with %d bytes is outside the memory of %d bytes", offset, size, m.Size())
	}
	return nil
}

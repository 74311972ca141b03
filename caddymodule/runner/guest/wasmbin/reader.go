// Package wasmbin reads and writes the pieces that every WebAssembly binary
// is made of: LEB128 integers, names, vectors and sections. The packages
// component and rewrite call it; it calls nothing.
package wasmbin

import (
	"fmt"
	"unicode/utf8"
)

// Reader walks a byte slice. The first error sticks: later reads return zero
// values, so a parser may read a whole structure and check Err once, as long
// as its loops end when Err is set.
type Reader struct {
	bytes []byte
	at    int
	err   error
}

// NewReader reads from the start of b, which it neither copies nor changes.
func NewReader(b []byte) *Reader { return &Reader{bytes: b} }

// Err returns the first error, with the offset where it was met.
func (r *Reader) Err() error { return r.err }

// Offset is how many bytes have been read.
func (r *Reader) Offset() int { return r.at }

// More says whether there are bytes left and no error so far.
func (r *Reader) More() bool { return r.err == nil && r.at < len(r.bytes) }

// Fail sets the error unless there is one already.
func (r *Reader) Fail(format string, args ...any) {
	if r.err == nil {
		r.err = fmt.Errorf("at byte %d: "+format, append([]any{r.at}, args...)...)
	}
}

// Byte reads one byte.
func (r *Reader) Byte() byte {
	if r.err != nil || r.at >= len(r.bytes) {
		r.Fail("unexpected end")
		return 0
	}
	r.at++
	return r.bytes[r.at-1]
}

// Bytes reads n bytes; the slice shares memory with the input.
func (r *Reader) Bytes(n uint32) []byte {
	if r.err != nil || uint64(n) > uint64(len(r.bytes)-r.at) {
		r.Fail("%d bytes wanted, %d left", n, len(r.bytes)-r.at)
		return nil
	}
	r.at += int(n)
	return r.bytes[r.at-int(n) : r.at : r.at]
}

// Skip passes over n bytes.
func (r *Reader) Skip(n uint32) { r.Bytes(n) }

// Since returns the bytes read since offset.
func (r *Reader) Since(offset int) []byte { return r.bytes[offset:r.at:r.at] }

// Uint32 reads an unsigned LEB128 number of at most 32 bits.
func (r *Reader) Uint32() uint32 {
	var value uint64
	for shift := uint(0); shift < 35; shift += 7 {
		b := r.Byte()
		value |= uint64(b&0x7f) << shift
		if b < 0x80 {
			if value > 0xffffffff {
				r.Fail("number does not fit 32 bits")
				return 0
			}
			return uint32(value)
		}
	}
	r.Fail("number is longer than 5 bytes")
	return 0
}

// Int64 reads a signed LEB128 number of at most 64 bits.
func (r *Reader) Int64() int64 {
	var value int64
	for shift := uint(0); shift < 70; shift += 7 {
		b := r.Byte()
		value |= int64(b&0x7f) << shift
		if b < 0x80 {
			if shift+7 < 64 && b&0x40 != 0 {
				value |= -1 << (shift + 7)
			}
			return value
		}
	}
	r.Fail("number is longer than 10 bytes")
	return 0
}

// Name reads a length-prefixed UTF-8 string.
func (r *Reader) Name() string {
	b := r.Bytes(r.Uint32())
	if !utf8.Valid(b) {
		r.Fail("name is not UTF-8")
		return ""
	}
	return string(b)
}

// Count reads the length of a vector. Every element takes a byte or more, so
// a length beyond the remaining input is an error and never a huge loop.
func (r *Reader) Count() int {
	n := r.Uint32()
	if uint64(n) > uint64(len(r.bytes)-r.at) {
		r.Fail("vector of %d elements in %d bytes", n, len(r.bytes)-r.at)
		return 0
	}
	return int(n)
}

package guest

import (
	"context"
	"os"

	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"
)

// memoryCap allocates one guest's memory and refuses to pass the limit.
type memoryCap struct {
	limit   uint64
	start   uint64 // what the guest is about to grow to, if that is known
	buffer  []byte
	reached bool // growth was refused

	image   *os.File // what the memory begins with; nil for zeros
	usual   []span   // of it that is going to be written to
	failed  error    // why it could not be read
	release func()   // gives back what is not Go's; nil when all of it is
}

// Allocate implements experimental.MemoryAllocator.
func (c *memoryCap) Allocate(capacity, _ uint64) experimental.LinearMemory {
	if c.thawed() {
		return c
	}
	c.buffer = make([]byte, 0, min(max(capacity, c.start), c.limit))
	if c.image != nil {
		_, c.failed = c.image.ReadAt(c.buffer[:c.start], 0)
	}
	return c
}

// thawed has the memory begin with the image, and all that it may grow to behind
// that, if there is one.
func (c *memoryCap) thawed() bool {
	if c.image == nil {
		return false
	}
	memory, release, err := thaw(c.image, c.start, c.limit/bytesPerPage*bytesPerPage)
	if err != nil {
		return false
	}
	copyPages(memory, c.usual)
	c.buffer, c.release = memory[:0], release
	return true
}

// thawedPart is what lies over the image; nil where memory has a copy of that.
func (c *memoryCap) thawedPart() []byte {
	if c.release == nil {
		return nil
	}
	return c.buffer[:c.start]
}

// Reallocate implements experimental.LinearMemory. It grows by a half, up to
// the limit: a guest that takes memory page by page would copy it each time.
func (c *memoryCap) Reallocate(size uint64) []byte {
	if size > c.limit {
		c.reached = true
		return nil
	}
	if size > uint64(cap(c.buffer)) {
		grown := make([]byte, size, max(size, min(size+size/2, c.limit)))
		copy(grown, c.buffer)
		c.buffer = grown
	}
	c.buffer = c.buffer[:size]
	return c.buffer
}

// Free implements experimental.LinearMemory. The engine may call it while the
// guest still runs: what is not Go's is given back by end.
func (c *memoryCap) Free() {
	if c.release == nil {
		c.buffer = nil
	}
}

// end is for when nothing refers to the memory any more.
func (c *memoryCap) end() {
	c.buffer = nil
	if c.release != nil {
		c.release()
		c.release = nil
	}
}

// guestMemory is an instance's memory with the allocator that it exports.
type guestMemory struct {
	api.Memory
	allocator api.Function
	ctx       context.Context // of the run
}

// Allocate implements abi.Memory.
func (m guestMemory) Allocate(align, size uint32) (uint32, error) {
	results, err := m.allocator.Call(m.ctx, 0, 0, uint64(align), uint64(size))
	if err != nil {
		return 0, err
	}
	return uint32(results[0]), nil
}

// Interface guards.
var (
	_ experimental.MemoryAllocator = (*memoryCap)(nil)
	_ experimental.LinearMemory    = (*memoryCap)(nil)
)

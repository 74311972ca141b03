package guest

import (
	"context"

	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"
)

// memoryCap allocates one guest's memory and refuses to pass the limit.
type memoryCap struct {
	limit   uint64
	start   uint64 // what the guest is about to grow to, if that is known
	buffer  []byte
	reached bool // growth was refused
}

// Allocate implements experimental.MemoryAllocator.
func (c *memoryCap) Allocate(capacity, _ uint64) experimental.LinearMemory {
	c.buffer = make([]byte, 0, min(max(capacity, c.start), c.limit))
	return c
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

// Free implements experimental.LinearMemory.
func (c *memoryCap) Free() { c.buffer = nil }

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

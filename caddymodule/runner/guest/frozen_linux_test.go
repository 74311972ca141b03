package guest

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/caddymodule/runner/guest/rewrite"
)

// freezable is an image of two pages.
func freezable() *image {
	return &image{pages: 2, segments: []rewrite.Segment{{Offset: 3, Data: []byte("first")}, {Offset: bytesPerPage + 1, Data: []byte("second")}}}
}

// memoryOf is the memory that an instance begins with, and what has it.
func memoryOf(t *testing.T, i *image, limit uint64) ([]byte, *memoryCap) {
	t.Helper()
	file := new(frozen).of(i)
	require.NotNil(t, file)
	c := &memoryCap{image: file, start: uint64(i.pages) * bytesPerPage, limit: limit}
	t.Cleanup(c.end)
	memory := c.Allocate(bytesPerPage, limit).Reallocate(2 * bytesPerPage)
	require.NoError(t, c.failed)
	return memory, c
}

func assertFresh(t *testing.T, memory []byte) {
	t.Helper()
	require.Len(t, memory, 2*bytesPerPage)
	assert.Equal(t, "\x00\x00\x00first\x00", string(memory[:9]))
	assert.Equal(t, "\x00second\x00", string(memory[bytesPerPage:][:8]))
}

func TestFrozen_what_one_instance_writes_is_seen_by_no_other(t *testing.T) {
	i := freezable()
	file := new(frozen).of(i)
	require.NotNil(t, file)
	assert.Empty(t, i.segments, "the file has them")
	var all [3][]byte
	for n := range all {
		c := &memoryCap{image: file, start: 2 * bytesPerPage, limit: 4 * bytesPerPage}
		t.Cleanup(c.end)
		all[n] = c.Allocate(bytesPerPage, 4*bytesPerPage).Reallocate(2 * bytesPerPage)
		assertFresh(t, all[n])
		clear(all[n]) // the next ones begin anew
	}
	copy(all[0], "mine")
	assert.NotEqual(t, all[0][:4], all[1][:4])
}

func TestFrozen_memory_grows_in_its_place_with_zeros_and_up_to_the_limit(t *testing.T) {
	memory, c := memoryOf(t, freezable(), 4*bytesPerPage+7)
	memory[0] = 'x'
	grown := c.Reallocate(4 * bytesPerPage)
	require.Len(t, grown, 4*bytesPerPage)
	assert.Same(t, &memory[0], &grown[0])
	assert.Equal(t, make([]byte, 2*bytesPerPage), grown[2*bytesPerPage:])
	grown[4*bytesPerPage-1] = 'y'
	assert.Nil(t, c.Reallocate(5*bytesPerPage))
	assert.True(t, c.reached)
	assert.EqualValues(t, 'x', grown[0], "it is as it was")
}

func TestFrozen_is_copied_where_addresses_lack(t *testing.T) {
	memory, c := memoryOf(t, freezable(), 1<<62)
	assert.Nil(t, c.release, "it is Go's memory")
	assertFresh(t, memory)
}

func TestFrozen_that_cannot_be_read_starts_no_guest(t *testing.T) {
	i := freezable()
	file := new(frozen).of(i)
	require.NotNil(t, file)
	require.NoError(t, file.Close())
	c := &memoryCap{image: file, start: 2 * bytesPerPage, limit: 4 * bytesPerPage}
	t.Cleanup(c.end)
	c.Allocate(bytesPerPage, 4*bytesPerPage)
	require.Error(t, c.failed)
}

package guest

import (
	"os"
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

// written is what a memory has pages of its own of.
func written(t *testing.T, memory []byte) []span {
	t.Helper()
	spans, known := writtenOf(memory)
	if !known {
		lacking(t, "needs a kernel that tells of pages")
	}
	return spans
}

// lacking skips the test on somebody's machine; CI has all that it needs.
func lacking(t *testing.T, reason string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatal(reason)
	}
	t.Skip(reason)
}

func TestFrozen_what_the_first_runs_write_to_is_the_next_ones_own_from_the_start(t *testing.T) {
	const pages, far = 16, 8 * bytesPerPage
	i := &image{pages: pages, segments: []rewrite.Segment{{Offset: 3, Data: []byte("first")}, {Offset: 15*bytesPerPage + 1, Data: []byte("last")}}}
	f := new(frozen)
	begun := func() *memoryCap {
		c := &memoryCap{image: f.of(i), usual: f.usual(), start: pages * bytesPerPage, limit: pages * bytesPerPage}
		t.Cleanup(c.end)
		memory := c.Allocate(bytesPerPage, c.limit).Reallocate(pages * bytesPerPage)
		assert.Equal(t, "\x00\x00\x00first\x00", string(memory[:9]))
		assert.Equal(t, "\x00last\x00", string(memory[15*bytesPerPage:][:6]))
		return c
	}
	page := os.Getpagesize()
	usual := []span{{0, page}, {far, far + page}}
	f.learnFrom(nil)
	for run := range firstRuns {
		c := begun()
		require.Empty(t, written(t, c.thawedPart()), "it was only read")
		c.buffer[7], c.buffer[far+5] = 'x', 'y'
		if run != 1 {
			clear(c.buffer[:4*page]) // more than is usual
		}
		f.learnFrom(c.thawedPart())
	}
	require.Equal(t, usual, f.usual())

	next := begun()
	if len(written(t, next.thawedPart())) == 0 {
		lacking(t, "needs a kernel that copies pages in advance, Linux 5.14")
	}
	require.Equal(t, usual, written(t, next.thawedPart()), "nothing was written yet")
	clear(next.buffer)
	f.learnFrom(next.thawedPart())
	assert.Equal(t, usual, f.usual())
	begun()
}

func TestFrozen_pages_between_are_copied_rather_than_named(t *testing.T) {
	c := &memoryCap{image: new(frozen).of(&image{pages: 16, segments: freezable().segments}), start: 16 * bytesPerPage, limit: 16 * bytesPerPage}
	t.Cleanup(c.end)
	memory, page := c.Allocate(bytesPerPage, c.limit).Reallocate(16*bytesPerPage), os.Getpagesize()
	for _, at := range []int{1, 1 + 1 + closePages, 1 + 1 + closePages + 2 + closePages} {
		memory[at*page] = 'x'
	}
	assert.Equal(t, []span{{page, (3 + closePages) * page}, {(4 + 2*closePages) * page, (5 + 2*closePages) * page}}, written(t, memory))
}

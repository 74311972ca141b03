package guest

import (
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/caddymodule/runner/guest/headroom"
)

// spaceOf has so many MiB left of a container.
func spaceOf(left uint64) *space {
	s := newSpace("")
	s.look = func() (headroom.Room, bool) {
		return headroom.Room{Bound: headroom.Group, Bytes: left << 20, Limit: 512 << 20, Where: "memory.max"}, true
	}
	return s
}

// engineModule is as large as what is compiled of a componentize-js component.
const engineModule = 9150 << 10

func TestSpace_a_container_of_512_MiB_compiles_beside_a_process_of_60(t *testing.T) {
	require.NoError(t, spaceOf(512-60).check(toCompile(engineModule)))
}

func TestSpace_of_code_in_the_cache_or_in_use_asks_for_little(t *testing.T) {
	const component = 11551 << 10
	require.NoError(t, spaceOf(130).check(toFetch(engineModule)), "it takes 92 MiB")
	require.NoError(t, spaceOf(35).check(toRead(component)), "it takes 32 MiB")

	var low *MemoryError
	require.ErrorAs(t, spaceOf(20).check(toRead(component)), &low)
	assert.Equal(t, "reading the handler needs about 33 MiB of memory, and 20 MiB of 512 MiB are left of the limit of the control group (memory.max)", low.Error())
	require.ErrorAs(t, spaceOf(80).check(toFetch(engineModule)), &low)
	assert.Contains(t, low.Error(), "loading the compiled handler needs")
}

func TestSpace_refuses_what_would_not_fit_alone(t *testing.T) {
	s := spaceOf(100)
	var low *MemoryError
	require.ErrorAs(t, s.promise(toCompile(engineModule)), &low)
	assert.Contains(t, low.Error(), "compiling the handler needs about 380 MiB of memory")
	assert.Zero(t, s.promised)
}

func TestSpace_two_compiles_share_what_there_is(t *testing.T) {
	for name, c := range map[string]struct {
		left uint64
		wait bool
	}{
		"room for both":           {800, false},
		"room for one at a time":  {500, true},
		"room for hardly the two": {759, true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, need := spaceOf(c.left), toCompile(engineModule)
				require.NoError(t, s.promise(need))
				second := make(chan error, 1)
				go func() { second <- s.promise(need) }()
				synctest.Wait()
				if c.wait {
					assert.Empty(t, second, "the second waits for the first")
				}
				if !c.wait {
					assert.Len(t, second, 1)
					assert.Equal(t, 2*need.bytes, s.promised)
				}
				s.keep(need)
				require.NoError(t, <-second)
				assert.Equal(t, need.bytes, s.promised)
				s.keep(need)
			})
		})
	}
}

func TestSpace_one_that_waited_is_refused_when_the_room_has_shrunk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, need := spaceOf(500), toCompile(engineModule)
		require.NoError(t, s.promise(need))
		second := make(chan error, 1)
		go func() { second <- s.promise(need) }()
		synctest.Wait()
		s.look = spaceOf(100).look // something else took it
		s.keep(need)
		var low *MemoryError
		require.ErrorAs(t, <-second, &low)
		assert.Zero(t, s.promised)
	})
}

package guest_test

import (
	"fmt"
	"runtime"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"github.com/same-origin/devproxy/caddymodule/runner/guest"
)

// answering is a handler whose body is n.
func answering(n int) string {
	return fmt.Sprintf("export function handler() { return { status: 200, headers: [], body: new TextEncoder().encode('%d') }; }", n)
}

func TestTwoExtensionsShareTheFittedEngine(t *testing.T) {
	engine := newEngine(t)
	programs := make([]guest.Program, 4)
	var group errgroup.Group
	for i := range programs {
		group.Go(func() (err error) {
			programs[i], err = engine.LoadSource(t.Context(), sourceOf(t, pinned, answering(i/2)))
			return err
		})
	}
	require.NoError(t, group.Wait())
	assert.Same(t, programs[0], programs[1], "the same source is the same program")
	assert.NotSame(t, programs[0], programs[2])
	for i, program := range programs {
		response, err := program.Run(t.Context(), get("/"), silent, limits)
		require.NoError(t, err)
		assert.Equal(t, fmt.Sprint(i/2), string(response.Body))
	}
	assert.Equal(t, 1, guest.Templates(engine))
}

func TestManyEditsDoNotPileUp(t *testing.T) {
	engine := newEngine(t)
	heap := func() uint64 {
		var stats runtime.MemStats
		runtime.GC()
		runtime.GC()
		runtime.ReadMemStats(&stats)
		return stats.HeapAlloc
	}
	edit := func(n int) {
		program := loadSource(t, engine, sourceOf(t, pinned, answering(n)))
		response, err := program.Run(t.Context(), get("/"), silent, limits)
		require.NoError(t, err)
		require.Equal(t, fmt.Sprint(n), string(response.Body))
	}
	for n := range 20 { // fills what the engine remembers
		edit(n)
	}
	before := heap()
	for n := range 20 {
		edit(100 + n)
	}
	assert.Less(t, heap(), before+8<<20)
	assert.Equal(t, 1, guest.Templates(engine))
}

package guest_test

import (
	"context"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"github.com/same-origin/devproxy/caddymodule/runner/guest"
	"github.com/same-origin/devproxy/caddymodule/runner/guest/guesttest"
)

func TestTheSameBytesAreTheSameProgram(t *testing.T) {
	engine := newEngine(t)
	component := guesttest.Component(t, "limits")
	programs := make([]guest.Program, 6)
	var group errgroup.Group
	for i := range programs {
		group.Go(func() (err error) {
			programs[i], err = engine.Load(t.Context(), slices.Clone(component))
			return err
		})
	}
	require.NoError(t, group.Wait())
	for _, program := range programs {
		assert.Same(t, programs[0], program)
	}
}

func TestAnEndedContextEndsTheWaitForALoad(t *testing.T) {
	engine := newEngine(t)
	component := guesttest.Component(t, "limits")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := engine.Load(ctx, component)
	require.ErrorIs(t, err, context.Canceled)

	soon, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	_, err = engine.Load(soon, component)
	require.ErrorIs(t, err, context.DeadlineExceeded)

	program, err := engine.Load(t.Context(), component)
	require.NoError(t, err)
	_, err = program.Run(t.Context(), get("/echo"), silent, limits)
	require.NoError(t, err)
}

func TestAForgottenProgramWorksOnWhileItIsHeld(t *testing.T) {
	engine, err := guest.NewWazero(t.Context(), guest.Options{CacheDir: guesttest.CacheDir(t), Programs: 1})
	require.NoError(t, err)
	defer func() { require.NoError(t, engine.Close(context.Background())) }()

	held, err := engine.Load(t.Context(), guesttest.Component(t, "older"))
	require.NoError(t, err)
	_, err = engine.Load(t.Context(), guesttest.Component(t, "limits"))
	require.NoError(t, err)
	runtime.GC()
	runtime.GC()
	response, err := held.Run(t.Context(), get("/"), hostFunc(func(_ context.Context, call guest.Call) (any, error) {
		if call.Function == "get-context" {
			return guest.Record{"tenant-id": "t", "extension-id": "e"}, nil
		}
		return guest.Denied("missing"), nil
	}), limits)
	require.NoError(t, err)
	assert.Equal(t, uint16(201), response.Status)
}

func TestAClosedEngineRefusesWork(t *testing.T) {
	engine, err := guest.NewWazero(t.Context(), guest.Options{CacheDir: guesttest.CacheDir(t)})
	require.NoError(t, err)
	program, err := engine.Load(t.Context(), guesttest.Component(t, "limits"))
	require.NoError(t, err)
	require.NoError(t, engine.Close(t.Context()))

	_, err = program.Run(t.Context(), get("/echo"), silent, limits)
	require.ErrorContains(t, err, "closed")
	_, err = engine.Load(t.Context(), guesttest.Component(t, "limits"))
	require.ErrorContains(t, err, "closed")
}

func TestClosingWaitsForRunsUnderWay(t *testing.T) {
	engine, err := guest.NewWazero(t.Context(), guest.Options{CacheDir: guesttest.CacheDir(t)})
	require.NoError(t, err)
	program, err := engine.Load(t.Context(), guesttest.Component(t, "hosts"))
	require.NoError(t, err)

	started, answer := make(chan struct{}), make(chan struct{})
	var group errgroup.Group
	group.Go(func() error {
		_, err := program.Run(t.Context(), get("/secrets/get"), hostFunc(func(context.Context, guest.Call) (any, error) {
			close(started)
			<-answer
			return guest.OK("late"), nil
		}), limits)
		return err
	})
	<-started
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, engine.Close(ended), context.Canceled)
	close(answer)
	require.NoError(t, group.Wait())
	require.NoError(t, engine.Close(t.Context()))
}

func TestOtherFilesAreRefusedWithAReason(t *testing.T) {
	engine := newEngine(t)
	whole := guesttest.Component(t, "limits")
	cases := map[string]struct {
		bytes []byte
		want  string
	}{
		"empty":          {nil, "unsupported component: the file is empty; build it with `jco componentize`"},
		"text":           {[]byte("export const handler = 1"), "this is not WebAssembly"},
		"a core module":  {[]byte("\x00asm\x01\x00\x00\x00"), "this is a core WebAssembly module, not a component"},
		"no handler":     {[]byte("\x00asm\x0d\x00\x01\x00"), "it does not export the function handler"},
		"half a file":    {whole[:len(whole)/2], "reading component sections: at byte"},
		"a missing byte": {whole[:len(whole)-1], "reading component sections: at byte"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := engine.Load(t.Context(), c.bytes)
			var unsupported *guest.UnsupportedError
			require.ErrorAs(t, err, &unsupported)
			assert.ErrorContains(t, err, c.want)
		})
	}
}

// The outer layer is where a flipped byte has the most ways to mislead; code
// and data of the core module are left whole, which also spares the compile.
func TestCorruptComponentsNeverPanic(t *testing.T) {
	engine := newEngine(t)
	whole := guesttest.Component(t, "limits")
	random := rand.New(rand.NewPCG(1, 2))
	const outer = 7000
	refused := 0
	for range 100 {
		corrupt := slices.Clone(whole)
		for range 1 + random.IntN(3) {
			at := 8 + random.IntN(outer)
			if random.IntN(2) == 0 {
				at = len(corrupt) - 1 - random.IntN(outer)
			}
			corrupt[at] ^= byte(1 + random.IntN(255))
		}
		_, err := engine.Load(t.Context(), corrupt)
		var unsupported *guest.UnsupportedError
		if err != nil {
			require.ErrorAs(t, err, &unsupported)
			refused++
		}
	}
	assert.Greater(t, refused, 20)
	t.Logf("%d of 100 refused", refused)
}

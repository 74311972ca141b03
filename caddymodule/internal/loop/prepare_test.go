package loop

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/caddymodule/internal/event"
)

// held has Prepare wait until the returned function is called.
func held(f *fixture) (release func()) {
	gate := make(chan struct{})
	f.prepare(func(ctx context.Context, _ Candidate) []event.Problem {
		select {
		case <-gate:
		case <-ctx.Done():
		}
		return nil
	})
	return func() { close(gate) }
}

var withHandler = map[string]string{"manifest.json": manifest, "ui/index.html": "one", "dist/main.wasm": "good"}

func TestLoop_a_save_while_the_first_handler_compiles_is_not_undone_by_it(t *testing.T) {
	var release func()
	f := start(t, withHandler, func(f *fixture, _ *Options) { release = held(f) })
	next(f, anyOf[event.Published])
	f.write("ui/index.html", "two")
	two := next(f, anyOf[event.Published])
	assert.Equal(t, "building", f.loop.State().Handler.Status)

	release()
	require.Eventually(t, func() bool { return f.loop.State().Handler.Status == "ready" }, 10*time.Second, time.Millisecond)
	assert.Equal(t, two.Hash, f.loop.State().Extension.Hash)
	assert.Equal(t, "two", f.serves("ui/index.html"))
}

func TestLoop_a_look_while_the_first_handler_compiles_does_not_end_that(t *testing.T) {
	var release func()
	f := start(t, withHandler, func(f *fixture, _ *Options) { release = held(f) })
	next(f, anyOf[event.Published])
	require.NoError(t, f.loop.Rebuild(t.Context())) // finds what is published
	release()
	require.Eventually(t, func() bool { return f.loop.State().Handler.Status == "ready" }, 10*time.Second, time.Millisecond)
}

func TestLoop_a_handler_that_is_taken_back_while_it_compiles_is_not_published(t *testing.T) {
	f := start(t, withHandler)
	require.Eventually(t, func() bool { return f.loop.State().Handler.Status == "ready" }, 10*time.Second, time.Millisecond)
	compiling := make(chan struct{}, 1)
	f.prepare(func(ctx context.Context, _ Candidate) []event.Problem {
		compiling <- struct{}{}
		<-ctx.Done()
		return nil
	})
	f.write("dist/main.wasm", "worse")
	<-compiling
	f.write("dist/main.wasm", "good")
	f.write("ui/index.html", "two")
	next(f, func(event.Published) bool { return f.serves("ui/index.html") == "two" })
	assert.Equal(t, "good", f.serves("dist/main.wasm"))
	assert.Nil(t, f.loop.candidate.Load())
}

func TestLoop_a_handler_that_was_saved_in_two_pieces_is_not_hidden_by_the_first(t *testing.T) {
	f := start(t, withHandler)
	require.Eventually(t, func() bool { return f.loop.State().Handler.Status == "ready" }, 10*time.Second, time.Millisecond)
	compiling := make(chan Candidate, 1)
	f.prepare(func(ctx context.Context, c Candidate) []event.Problem {
		compiling <- c
		<-ctx.Done()
		return nil
	})
	f.write("dist/main.wasm", "ha")
	half := <-compiling
	f.prepare(nil)
	require.NoError(t, f.loop.ask(t.Context(), func(ctx context.Context) {
		f.loop.artefactSaved() // the other half, before it is acted on
		f.loop.answered(ctx, prepared{half, Verdict{Problems: []event.Problem{{Message: "half a file"}}}})
	}))
	assert.Empty(t, f.loop.State().Failures)
	f.write("dist/main.wasm", "half and half")
	next(f, func(event.Published) bool { return f.serves("dist/main.wasm") == "half and half" })
}

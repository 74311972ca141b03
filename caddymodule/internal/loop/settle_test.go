package loop

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/caddymodule/internal/build"
	"github.com/same-origin/devproxy/caddymodule/internal/event"
)

func TestSettled_waits_for_commands_and_for_the_proof(t *testing.T) {
	f := start(t, map[string]string{"manifest.json": manifest, "ui/index.html": "one", "src/handler.ts": "export const a = 1"},
		func(_ *fixture, o *Options) {
			o.Source = SourceOff
			o.Build = build.Overrides{Handler: "mkdir -p dist && echo run >> runs && cat src/handler.ts > dist/main.wasm", Outputs: []string{"runs"}}
		})
	state, err := f.loop.Settled(t.Context())
	require.NoError(t, err)
	assert.Equal(t, "ready", state.Handler.Status)
	assert.Equal(t, "export const a = 1", f.serves("dist/main.wasm"))

	require.NoError(t, f.loop.Rebuild(t.Context()))
	_, err = f.loop.Settled(t.Context())
	require.NoError(t, err)
	assert.Equal(t, "run\nrun\n", f.reads("runs"), "anew, though its result was there")

	proof := make(chan struct{})
	f.prepare(func(context.Context, Candidate) []event.Problem { <-proof; return []event.Problem{{Message: "broken"}} })
	f.write("src/handler.ts", "export const a = 2")
	require.NoError(t, f.loop.Rebuild(t.Context()))
	soon, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
	defer cancel()
	_, err = f.loop.Settled(soon)
	require.ErrorIs(t, err, context.DeadlineExceeded, "the proof is on the way")
	close(proof)
	state, err = f.loop.Settled(t.Context())
	require.NoError(t, err)
	assert.Equal(t, "broken", state.Failures[0].Problems[0].Message)
}

func TestSettled_ends_with_the_loop(t *testing.T) {
	f := start(t, plainFiles, func(_ *fixture, o *Options) { o.Build = build.Overrides{UI: "sleep 60"} })
	waits := make(chan error, 1)
	asked := next(f, anyOf[event.BuildStarted])
	go func() {
		_, err := f.loop.Settled(context.Background())
		waits <- err
	}()
	assert.Equal(t, event.UI, asked.Target)
	f.loop.Close()
	require.ErrorIs(t, <-waits, errEnded)
	require.ErrorIs(t, f.loop.Rebuild(context.Background()), errEnded)
}

func TestSettled_waits_for_an_artefact_in_the_making_that_another_runner_wants(t *testing.T) {
	f := start(t, map[string]string{"manifest.json": manifest, "ui/index.html": "one", "src/handler.ts": "export const a = 1"},
		func(f *fixture, o *Options) {
			o.Artefacts = true
			o.Build = build.Overrides{Handler: "touch begun; while [ ! -e go ]; do sleep 0.01; done; mkdir -p dist; cp src/handler.ts dist/main.wasm"}
			f.write(".gitignore", "begun\ngo\n")
		})
	require.Eventually(t, func() bool { return f.loop.State().Handler.Status == "ready" }, 20*time.Second, time.Millisecond)
	require.Eventually(t, func() bool { _, err := os.Stat(filepath.Join(f.dir, "begun")); return err == nil }, 20*time.Second, time.Millisecond)
	require.NoError(t, f.loop.SetElsewhere(t.Context(), true))
	f.write("go", "")
	_, err := f.loop.Settled(t.Context())
	require.NoError(t, err)
	assert.Equal(t, "export const a = 1", f.serves("dist/main.wasm"))
	assert.Contains(t, f.serves("dist/handler.js"), "not exist", "the last good one kept its place until then")
}

package loop

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/caddymodule/internal/build"
)

// In each of these dist/main.wasm has the newest time of all.

func TestArtefact_made_while_its_source_was_saved_is_not_taken_for_fresh(t *testing.T) {
	begin, _ := built(t)
	f := begin()
	ended := f.loop.remembering(t.Context(), f.loop.plan)
	f.write("src/handler.ts", "export const a = 2")
	f.write("dist/main.wasm", "export const a = 1 as it was")
	ended(true)
	assert.False(t, f.loop.isFresh([]string{"src/handler.ts"}))
	begin()
	assert.Equal(t, "export const a = 2", f.reads("dist/main.wasm"))
	begin()
	assert.Equal(t, 2, strings.Count(f.reads("builds"), "x"), "now its result is there")
}

func TestArtefact_whose_making_was_cut_off_with_the_process_is_not_taken_for_fresh(t *testing.T) {
	begin, _ := built(t)
	f := begin()
	f.loop.remembering(t.Context(), f.loop.plan)
	f.write("dist/main.wasm", "export const")
	assert.False(t, f.loop.isFresh([]string{"src/handler.ts"}))
	begin()
	assert.Equal(t, "export const a = 1", f.reads("dist/main.wasm"))
	begin()
	assert.Equal(t, 2, strings.Count(f.reads("builds"), "x"), "now its result is there")
}

func TestArtefact_of_a_command_that_failed_is_not_taken_for_fresh(t *testing.T) {
	begin, dir := built(t)
	f := begin()
	f.write("fails", "")
	f.write("src/handler.ts", "export const a = 2")
	begin()
	require.Equal(t, "export const a = 2", f.reads("dist/main.wasm"), "it failed after that")
	require.NoError(t, os.Remove(filepath.Join(dir, "fails")))
	begin()
	assert.Equal(t, 3, strings.Count(f.reads("builds"), "x"))
}

func TestArtefact_that_a_command_left_as_it_was_is_of_what_it_was(t *testing.T) {
	begin, _ := built(t)
	f := begin()
	ended := f.loop.remembering(t.Context(), f.loop.plan)
	ended(false)
	begin()
	assert.Equal(t, 1, strings.Count(f.reads("builds"), "x"))
}

func TestArtefact_that_two_commands_wrote_at_once_is_not_taken_for_fresh(t *testing.T) {
	for name, last := range map[string]int{"the first ends first": 1, "the second ends first": 0} {
		t.Run(name, func(t *testing.T) {
			begin, _ := built(t)
			f := begin()
			var ended [2]func(bool)
			for i := range ended {
				ended[i] = f.loop.remembering(t.Context(), f.loop.plan)
			}
			f.write("dist/main.wasm", "of the one")
			ended[1-last](true)
			f.write("dist/main.wasm", "of the one or the other")
			assert.False(t, f.loop.isFresh([]string{"src/handler.ts"}), "the other still writes")
			ended[last](true)
			assert.False(t, f.loop.isFresh([]string{"src/handler.ts"}))
		})
	}
}

func TestArtefact_made_in_the_background_of_an_older_save_is_made_anew_by_the_next_process(t *testing.T) {
	dir, cache := t.TempDir(), t.TempDir()
	begin := func(change func(*Options)) *fixture {
		return start(t, nil, func(f *fixture, o *Options) {
			f.dir, o.CacheDir = dir, cache
			change(o)
		})
	}
	f := &fixture{t: t, dir: dir}
	for name, content := range map[string]string{"manifest.json": manifest, "ui/index.html": "one", "src/handler.ts": "export const a = 1", ".gitignore": "made\nbegun\ngo\n"} {
		f.write(name, content)
	}
	f = begin(func(o *Options) {
		o.Artefacts = true
		// takes until it is let go, and writes what it read at first
		o.Build = build.Overrides{Handler: "cp src/handler.ts made; touch begun; while [ ! -e go ]; do sleep 0.01; done; mkdir -p dist; cp made dist/main.wasm"}
	})
	next(f, shown)
	exists := func(name string) func() bool {
		return func() bool { _, err := os.Stat(filepath.Join(dir, name)); return err == nil }
	}
	require.Eventually(t, exists("begun"), 20*time.Second, time.Millisecond)
	f.write("src/handler.ts", "export const a = 2")
	next(f, shown)
	f.write("go", "")
	require.Eventually(t, exists("dist/main.wasm"), 20*time.Second, time.Millisecond)
	f.loop.Close() // before it is calm enough to make it again

	f = begin(func(o *Options) {
		o.Source, o.Build = SourceOff, build.Overrides{Handler: "cp src/handler.ts dist/main.wasm"}
	})
	_, err := f.loop.Settled(t.Context())
	require.NoError(t, err)
	assert.Equal(t, "export const a = 2", f.reads("dist/main.wasm"))
}

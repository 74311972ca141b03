package loop

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/caddymodule/internal/build"
	"github.com/same-origin/devproxy/caddymodule/internal/event"
)

func TestLoop_publishes_a_save_under_another_hash_and_keeps_the_old(t *testing.T) {
	f := start(t, plainFiles)
	first := next(f, anyOf[event.Published])
	assert.Equal(t, "acme.x", first.Extension)
	assert.Equal(t, "<h1>one</h1>", f.serves("ui/index.html"))

	f.write("ui/index.html", "<h1>two</h1>")
	second := next(f, anyOf[event.Published])
	assert.Equal(t, []string{"ui/index.html"}, second.Changed)
	assert.Equal(t, event.Page, second.Scope)
	assert.NotEqual(t, first.Hash, second.Hash)
	assert.Equal(t, second.Hash, f.loop.State().Extension.Hash)
	assert.False(t, second.SavedAt.IsZero())
	assert.Equal(t, "<h1>two</h1>", f.serves("ui/index.html"))

	f.write("ui/style.css", "h1 { color: blue }")
	assert.Equal(t, event.Style, next(f, anyOf[event.Published]).Scope)

	old, ok := f.loop.Content("acme.x", first.Hash)
	require.True(t, ok)
	content, err := fs.ReadFile(old.Files(), "ui/index.html")
	require.NoError(t, err)
	assert.Equal(t, "<h1>one</h1>", string(content))
	_, ok = f.loop.Content("acme.y", first.Hash)
	assert.False(t, ok, "of another extension")
}

func TestLoop_keeps_the_last_good_manifest(t *testing.T) {
	f := start(t, plainFiles)
	first := next(f, anyOf[event.Published])
	f.write("manifest.json", `{"name":`)
	require.Eventually(t, func() bool { return f.loop.State().Err != nil }, 10*time.Second, time.Millisecond)
	assert.Equal(t, first.Hash, f.loop.State().Extension.Hash)
	told := next(f, func(failed event.BuildFailed) bool { return failed.Target == event.Manifest }).Problems[0]
	assert.Equal(t, []any{CodeManifest, "manifest.json", 1}, []any{told.Code, told.File, told.Line})
	assert.Contains(t, told.Frame, `{"name":`)
	assert.Contains(t, told.Message, "the file ends too early")
	f.write("manifest.json", manifest)
	assert.Equal(t, event.None, next(f, anyOf[event.Published]).Scope, "pages take the message away")
	// at once: of one that is emptied first the loop is told no more when it goes
	require.NoError(t, os.Rename(f.dir, filepath.Join(t.TempDir(), "away")))
	require.Eventually(t, func() bool {
		err := f.loop.State().Err
		return err != nil && strings.Contains(err.Error(), "is not a folder")
	}, 10*time.Second, time.Millisecond)
	assert.Equal(t, "<h1>one</h1>", f.serves("ui/index.html"))
	for name, content := range plainFiles {
		f.write(name, content)
	}
	require.Eventually(t, func() bool { return f.loop.State().Err == nil }, 10*time.Second, time.Millisecond)
}

func TestLoop_takes_back_what_it_said_of_a_manifest_that_is_mended_before_anything_was_published(t *testing.T) {
	f := start(t, map[string]string{"manifest.json": `{"name":`, "ui/index.html": "plain"})
	require.Eventually(t, func() bool { return f.loop.State().Err != nil }, 10*time.Second, time.Millisecond)
	f.write("ui/main.ts", "let a = ;")
	f.write("ui/index.html", `<script type="module" src="main.ts"></script>`)
	f.write("manifest.json", manifest)
	require.Eventually(t, func() bool { return f.loop.State().Err == nil && len(f.loop.State().Failures) > 0 }, 10*time.Second, time.Millisecond)
}

func TestLoop_warns_of_a_misspelt_field_of_the_manifest(t *testing.T) {
	f := start(t, plainFiles)
	assert.Empty(t, next(f, anyOf[event.Published]).Warnings)
	f.write("manifest.json", strings.Replace(manifest, "{", "{\n \"capabilites\": [],", 1))
	warned := next(f, anyOf[event.Published]).Warnings
	require.Len(t, warned, 1)
	assert.Equal(t, []any{"manifest_field_unknown", 2, 2}, []any{warned[0].Code, warned[0].Line, warned[0].Column})
	assert.Contains(t, warned[0].Message, `did you mean "capabilities"?`)
	assert.Contains(t, warned[0].Frame, `> 2 |  "capabilites": [],`)
}

func TestLoop_bundles_typescript_in_memory_and_shows_what_is_wrong_with_it(t *testing.T) {
	f := start(t, map[string]string{
		"manifest.json": manifest,
		"ui/index.html": `<script type="module" src="main.ts"></script>`,
		"ui/main.ts":    `const n: number = 1; document.title = "v" + n`,
	})
	next(f, anyOf[event.Published])
	assert.Contains(t, f.serves("ui/index.html"), `src="main.js"`)
	assert.Contains(t, f.serves("ui/main.js"), `"v" + n`)
	assert.Contains(t, f.serves("ui/main.ts"), "not exist", "sources are no part of it")

	f.write("ui/main.ts", "const n: number = 1;\nlet broken = ;\n")
	failed := next(f, anyOf[event.BuildFailed])
	assert.Equal(t, event.UI, failed.Target)
	assert.Equal(t, "ui/main.ts", failed.Problems[0].File)
	assert.Equal(t, 2, failed.Problems[0].Line)
	assert.Contains(t, f.serves("ui/main.js"), `"v" + n`, "the last good build goes on")
	assert.Len(t, f.loop.State().Failures, 1)

	f.write("ui/main.ts", `document.title = "v2"`)
	next(f, anyOf[event.Published])
	assert.Contains(t, f.serves("ui/main.js"), "v2")
	assert.Empty(t, f.loop.State().Failures)
	entries, err := os.ReadDir(filepath.Join(f.dir, "ui"))
	require.NoError(t, err)
	assert.Len(t, entries, 2, "nothing is written to the folder")
}

func TestLoop_that_mends_a_build_with_what_was_there_before_says_so(t *testing.T) {
	f := start(t, map[string]string{
		"manifest.json": manifest, "ui/index.html": `<script type="module" src="main.ts"></script>`, "ui/main.ts": "let a = 1",
	})
	first := next(f, anyOf[event.Published])
	f.write("ui/main.ts", "let a = ")
	next(f, anyOf[event.BuildFailed])
	f.write("ui/main.ts", "let a = 1")
	mended := next(f, anyOf[event.Published])
	assert.Equal(t, first.Hash, mended.Hash)
	assert.Equal(t, event.None, mended.Scope)
}

func TestLoop_does_not_publish_a_handler_that_cannot_answer(t *testing.T) {
	f := start(t, map[string]string{"manifest.json": manifest, "ui/index.html": "one", "dist/main.wasm": "good"})
	require.Eventually(t, func() bool { return f.loop.State().Handler.Status == "ready" }, 10*time.Second, time.Millisecond)
	f.prepare(func(context.Context, Candidate) []event.Problem { return []event.Problem{{Message: "broken"}} })
	f.write("dist/main.wasm", "bad")
	assert.Equal(t, "broken", next(f, anyOf[event.BuildFailed]).Problems[0].Message)
	assert.Equal(t, "good", f.serves("dist/main.wasm"))

	f.write("ui/index.html", "two")
	next(f, func(p event.Published) bool { return p.Scope == event.Page })
	assert.Equal(t, "two", f.serves("ui/index.html"), "the UI goes on without it")
	assert.Equal(t, "good", f.serves("dist/main.wasm"))
	assert.Equal(t, "broken", next(f, anyOf[event.BuildFailed]).Problems[0].Message, "said again over the new page")

	f.prepare(nil)
	f.write("dist/main.wasm", "better")
	next(f, shown)
	assert.Equal(t, "better", f.serves("dist/main.wasm"))
	assert.Empty(t, f.loop.State().Failures)

	require.NoError(t, os.Remove(filepath.Join(f.dir, "dist/main.wasm")))
	f.write("ui/index.html", "three")
	next(f, shown)
	assert.Equal(t, "better", f.serves("dist/main.wasm"), "a build deletes before it writes")
}

func TestLoop_shows_the_UI_while_the_first_handler_compiles(t *testing.T) {
	compiled := make(chan struct{})
	f := start(t, map[string]string{"manifest.json": manifest, "ui/index.html": "one", "dist/main.wasm": "good"}, func(f *fixture, _ *Options) {
		f.answers = func(ctx context.Context, _ Candidate) []event.Problem {
			select {
			case <-compiled:
			case <-ctx.Done():
			}
			return nil
		}
	})
	next(f, anyOf[event.Published])
	assert.Equal(t, "building", f.loop.State().Handler.Status)
	close(compiled)
	require.Eventually(t, func() bool { return f.loop.State().Handler.Status == "ready" }, 10*time.Second, time.Millisecond)
}

func TestLoop_runs_the_handler_from_source_until_the_developer_builds_it(t *testing.T) {
	f := start(t, map[string]string{"manifest.json": manifest, "ui/index.html": "one", "src/handler.ts": "export const a: number = 1"})
	next(f, shown)
	assert.Equal(t, "source", f.loop.State().HandlerMode)
	assert.Equal(t, "ui: as it is, handler: src/handler.ts, run from source", f.loop.State().Plan)
	assert.Contains(t, f.serves("dist/handler.js"), "var a = 1")

	f.write("src/handler.ts", "export const a: number = 2")
	saved := next(f, shown)
	assert.Equal(t, []string{"dist/handler.js"}, saved.Changed)
	assert.Equal(t, []string{"src/handler.ts"}, saved.Saved, "what the developer knows")
	assert.Contains(t, f.serves("dist/handler.js"), "var a = 2")

	f.write("dist/main.wasm", "by hand")
	byHand := next(f, shown)
	assert.Equal(t, []string{"dist/handler.js", "dist/main.wasm"}, byHand.Changed)
	assert.Equal(t, []string{"dist/main.wasm"}, byHand.Saved)
	assert.Equal(t, "artefact", f.loop.State().HandlerMode)
	assert.Equal(t, "ui: as it is, handler: as it is (dist/main.wasm)", f.loop.State().Plan)
	f.write("src/handler.ts", "export const a: number = 3")
	next(f, shown)
	assert.Equal(t, "source", f.loop.State().HandlerMode)
	assert.Contains(t, f.serves("dist/main.wasm"), "not exist")
}

func TestLoop_builds_dist_main_wasm_for_runners_elsewhere(t *testing.T) {
	f := start(t, map[string]string{"manifest.json": manifest, "ui/index.html": "one", "src/handler.ts": "export const a = 1"},
		func(_ *fixture, o *Options) {
			o.Build = build.Overrides{Handler: "mkdir -p dist && cat src/handler.ts > dist/main.wasm"}
		})
	next(f, shown)
	assert.Regexp(t, `handler: src/handler\.ts, run from source \(.*cat src/handler\.ts.* only for runners that need dist/main\.wasm\)$`, f.loop.State().Plan)
	require.NoError(t, f.loop.SetElsewhere(t.Context(), true))
	built := next(f, func(p event.Published) bool { return f.loop.State().HandlerMode == "artefact" && len(p.Changed) > 0 })
	assert.Contains(t, built.Changed, "dist/main.wasm")
	require.Eventually(t, func() bool { return f.serves("dist/main.wasm") == "export const a = 1" }, 10*time.Second, time.Millisecond)
	assert.NotContains(t, f.loop.State().Plan, "run from source")

	f.write("src/handler.ts", "export const a = 2")
	next(f, func(event.Published) bool { return f.serves("dist/main.wasm") == "export const a = 2" })

	f.write("src/handler.ts", "export const a = 3")
	require.Eventually(t, func() bool { return f.serves("dist/main.wasm") == "export const a = 3" }, 10*time.Second, time.Millisecond)
}

func TestLoop_goes_on_from_source_until_dist_main_wasm_is_made_for_a_runner_elsewhere(t *testing.T) {
	ready := filepath.Join(t.TempDir(), "ready")
	f := start(t, map[string]string{
		"manifest.json": manifest, "ui/index.html": "one", "src/handler.ts": "export const a = 1", "dist/main.wasm": "of an earlier save",
	}, func(_ *fixture, o *Options) {
		o.Build = build.Overrides{Handler: "until [ -e " + ready + " ]; do sleep 0.01; done; cat src/handler.ts > dist/main.wasm"}
	})
	next(f, shown)
	f.write("src/handler.ts", "export const a = 2")
	next(f, func(event.Published) bool { return strings.Contains(f.serves("dist/handler.js"), "a = 2") })

	require.NoError(t, f.loop.SetElsewhere(t.Context(), true))
	assert.Contains(t, f.serves("dist/handler.js"), "a = 2", "who has the requests goes on with what was saved")
	assert.Equal(t, "of an earlier save", f.serves("dist/main.wasm"), "who gets them can execute what there is")
	f.write("ui/index.html", "two")
	require.Eventually(t, func() bool { return f.serves("ui/index.html") == "two" }, 10*time.Second, time.Millisecond)
	assert.Contains(t, f.serves("dist/handler.js"), "a = 2")

	require.NoError(t, os.WriteFile(ready, nil, 0o600))
	require.Eventually(t, func() bool { return f.serves("dist/main.wasm") == "export const a = 2" }, 10*time.Second, time.Millisecond)
	assert.Contains(t, f.serves("dist/handler.js"), "not exist")
}

func TestLoop_shows_what_a_failing_command_printed(t *testing.T) {
	f := start(t, plainFiles, func(_ *fixture, o *Options) {
		o.Build = build.Overrides{UI: "echo 'src/a.ts(3,7): error TS2322: wrong type'; exit 1"}
	})
	failed := next(f, anyOf[event.BuildFailed])
	assert.Equal(t, event.UI, failed.Target)
	assert.Contains(t, failed.Output, "src/a.ts(3,7): error TS2322: wrong type")
	assert.Equal(t, 3, failed.Problems[0].Line)
	assert.Equal(t, "<h1>one</h1>", f.serves("ui/index.html"))
}

// That it is twice at most is shown on a clock that stands still between the
// saves, by the tests of build; here the machine may be slower than the saves.
func TestLoop_builds_few_times_for_fifty_saves_in_a_row_and_shows_the_last(t *testing.T) {
	f := start(t, map[string]string{
		"manifest.json": manifest, "ui/index.html": `<script type="module" src="main.ts"></script>`, "ui/main.ts": "document.title = 0",
	})
	next(f, anyOf[event.Published])
	before := f.loop.State().Number
	tick := time.NewTicker(40 * time.Millisecond)
	defer tick.Stop()
	for range 50 {
		<-tick.C
		f.write("ui/main.ts", "document.title = "+time.Now().Format("150405.000000"))
	}
	f.write("ui/main.ts", "document.title = 'last'")
	require.Eventually(t, func() bool { return strings.Contains(f.serves("ui/main.js"), `"last"`) }, 10*time.Second, time.Millisecond)
	assert.Less(t, f.loop.State().Number-before, 25)
}

func TestLoop_makes_the_artefact_in_the_background_and_again_when_a_save_came_meanwhile(t *testing.T) {
	f := start(t, map[string]string{"manifest.json": manifest, "ui/index.html": "one", "src/handler.ts": "export const a = 1"},
		func(f *fixture, o *Options) {
			o.Artefacts = true
			// takes until it is let go, and writes what it read at first
			o.Build = build.Overrides{Handler: "cp src/handler.ts made; touch begun; while [ ! -e go ]; do sleep 0.01; done; mkdir -p dist; cp made dist/main.wasm; rm begun"}
			f.write(".gitignore", "made\nbegun\ngo\n")
		})
	next(f, shown)
	exists := func(name string) func() bool {
		return func() bool { _, err := os.Stat(filepath.Join(f.dir, name)); return err == nil }
	}
	require.Eventually(t, exists("begun"), 20*time.Second, time.Millisecond)
	f.write("src/handler.ts", "export const a = 2")
	next(f, shown)
	assert.Contains(t, f.serves("dist/handler.js"), "var a = 2", "source mode does not wait for it")
	f.write("go", "")
	artefact := func() string {
		content, _ := os.ReadFile(filepath.Join(f.dir, "dist/main.wasm"))
		return string(content)
	}
	require.Eventually(t, func() bool { return artefact() == "export const a = 2" }, 20*time.Second, time.Millisecond, "what was made of the older source is made again")
	assert.Equal(t, "source", f.loop.State().HandlerMode, "it is not taken for the developer's own")
	assert.Regexp(t, `^ui: as it is, handler: src/handler\.ts, run from source \(cp src/handler\.ts made; .* only for runners that need dist/main\.wasm\)$`, f.loop.State().Plan)
	require.NoError(t, f.loop.SetElsewhere(t.Context(), true))
	assert.Regexp(t, `^ui: as it is, handler: cp src/handler\.ts made; `, f.loop.State().Plan)
}

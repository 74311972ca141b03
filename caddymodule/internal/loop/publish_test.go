package loop

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/caddymodule/internal/event"
)

func TestLoop_keeps_the_last_good_UI_when_its_page_is_deleted(t *testing.T) {
	f := start(t, map[string]string{
		"manifest.json": manifest, "ui/index.html": `<script type="module" src="main.ts"></script>`, "ui/main.ts": "let a = 1", "ui/other.txt": "one",
	})
	first := next(f, anyOf[event.Published])
	require.NoError(t, os.Remove(filepath.Join(f.dir, "ui/index.html")))
	failed := next(f, anyOf[event.BuildFailed])
	assert.Contains(t, failed.Problems[0].Message, "ui/index.html, which does not exist")
	assert.Equal(t, first.Hash, f.loop.State().Extension.Hash)

	f.write("ui/index.html", "mended")
	assert.Equal(t, first.Extension, next(f, anyOf[event.Published]).Extension)
	assert.Equal(t, "mended", f.serves("ui/index.html"))
	assert.NoError(t, f.loop.State().Err)
}

func TestLoop_without_a_page_from_the_start_shows_the_rest(t *testing.T) {
	f := start(t, map[string]string{"manifest.json": manifest, "ui/a.txt": "one"})
	next(f, anyOf[event.Published])
	require.Error(t, f.loop.State().Err)
	f.write("ui/a.txt", "two")
	next(f, anyOf[event.Published])
	assert.Equal(t, "two", f.serves("ui/a.txt"))
}

func TestLoop_tells_the_extension_s_pages_of_what_failed_before_its_id_was_known(t *testing.T) {
	f := start(t, map[string]string{
		"manifest.json": manifest, "ui/index.html": `<script type="module" src="main.ts"></script>`, "ui/main.ts": "let a = ",
	})
	failed := next(f, func(failed event.BuildFailed) bool { return failed.Extension == "acme.x" })
	assert.Equal(t, "ui/main.ts", failed.Problems[0].File)

	f.write("manifest.json", `{"name":"y","publisher":"acme","version":"1.0.0","runtime":"wasm-js@1","ui":{"type":"iframe","entry":"ui/index.html"}}`)
	next(f, func(failed event.BuildFailed) bool { return failed.Extension == "acme.y" })
}

func TestLoop_that_needs_no_build_any_more_serves_the_files(t *testing.T) {
	f := start(t, map[string]string{
		"manifest.json": manifest, "ui/index.html": `<script type="module" src="main.ts"></script>`, "ui/main.ts": "let a = 1",
	})
	first := next(f, anyOf[event.Published])
	f.write("ui/index.html", `<script type="module" src="plain.js"></script>`)
	next(f, anyOf[event.Published])
	assert.Contains(t, f.serves("ui/index.html"), "plain.js")

	f.write("ui/index.html", `<script type="module" src="main.ts"></script>`)
	again := next(f, anyOf[event.Published])
	assert.Equal(t, first.Hash, again.Hash, "the sources alone were never shown")
}

func TestLoop_forgets_a_failure_of_what_is_not_built_any_more(t *testing.T) {
	f := start(t, map[string]string{
		"manifest.json": manifest, "ui/index.html": `<script type="module" src="main.ts"></script>`, "ui/main.ts": "let a = 1",
	})
	next(f, anyOf[event.Published])
	f.write("ui/main.ts", "let a = ")
	next(f, anyOf[event.BuildFailed])
	f.write("ui/index.html", "plain")
	next(f, func(event.Published) bool { return f.serves("ui/index.html") == "plain" })
	assert.Empty(t, f.loop.State().Failures)

	f.write("package.json", "{")
	next(f, anyOf[event.BuildFailed])
	f.write("package.json", "{}")
	next(f, anyOf[event.Published])
	assert.Empty(t, f.loop.State().Failures)
}

func TestLoop_what_fails_before_the_first_build_is_told_under_the_extensions_own_name(t *testing.T) {
	f := start(t, map[string]string{"manifest.json": manifest, "ui/index.html": "one", "src/handler.ts": "imp ort", "dist/main.wasm": "older"})
	first := next(f, anyOf[event.BuildFailed])
	assert.Equal(t, "acme.x", first.Extension)
	again := next(f, anyOf[event.BuildFailed])
	assert.Equal(t, "acme.x", again.Extension)
	assert.True(t, first.At.Equal(again.At), "it is the same failure, told again for pages that forget")
}

func TestLoop_keeps_plain_scripts_that_a_browser_can_read(t *testing.T) {
	f := start(t, map[string]string{
		"manifest.json": manifest, "ui/index.html": `<script src="a.js"></script>`, "ui/a.js": "let a = 1", "ui/a.css": "one",
	})
	next(f, anyOf[event.Published])
	f.write("ui/a.js", "let a = ")
	failed := next(f, anyOf[event.BuildFailed])
	assert.Equal(t, event.UI, failed.Target)
	assert.Equal(t, "ui/a.js", failed.Problems[0].File)
	assert.Equal(t, 1, failed.Problems[0].Line)
	assert.Equal(t, "let a = 1", f.serves("ui/a.js"))
	_, err := f.loop.Settled(t.Context()) // else what tells of the failure reads the next save, too
	require.NoError(t, err)

	f.write("ui/a.css", "two")
	styled := next(f, func(event.Published) bool { return f.serves("ui/a.css") == "two" })
	assert.Equal(t, []string{"ui/a.css"}, styled.Saved)
	assert.Equal(t, "let a = 1", f.serves("ui/a.js"), "the last that a browser can read")
	assert.Len(t, f.loop.State().Failures, 1)

	f.write("ui/a.js", "let a = 2")
	next(f, func(event.Published) bool { return f.serves("ui/a.js") == "let a = 2" })
	assert.Empty(t, f.loop.State().Failures)

	f.write("ui/a.js", "let a = (")
	next(f, anyOf[event.BuildFailed])
	f.write("ui/a.js", "let a = 2") // what is published already
	next(f, anyOf[event.Published])
	assert.Empty(t, f.loop.State().Failures)
}

func TestLoop_shows_plain_scripts_that_were_broken_from_the_start(t *testing.T) {
	f := start(t, map[string]string{"manifest.json": manifest, "ui/index.html": `<script src="a.js"></script>`, "ui/a.js": "let a = "})
	next(f, anyOf[event.Published])
	assert.Equal(t, "let a = ", f.serves("ui/a.js"), "there is nothing else")
	assert.Len(t, f.loop.State().Failures, 1)
	f.write("ui/a.js", "let a = 1")
	next(f, func(event.Published) bool { return f.serves("ui/a.js") == "let a = 1" })
	assert.Empty(t, f.loop.State().Failures)
}

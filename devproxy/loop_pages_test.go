package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/caddymodule/runnerstatus"
)

func TestLoop_shows_where_TypeScript_is_broken_over_the_last_good_UI(t *testing.T) {
	editor, opened := editorScript(t)
	w := newExtension(t).up("--editor", editor)
	w.waitForHandlers(t)
	w.open()
	before := w.painted("ui-0", "handler-0")

	w.save("ui/version.ts", "export const ui: string = \"ui-1\";\nexport const broken = ;\n")
	over := w.until("tell", `f.overlay !== "" && f.state === "failed"`)
	assert.Contains(t, over.Overlay, "The UI does not build")
	assert.Contains(t, over.Overlay, "ui/version.ts:2:23")
	assert.Contains(t, over.Overlay, "export const broken = ;", "the frame")
	assert.Equal(t, []any{before.Born, "ui-0"}, []any{over.Born, over.UI}, "the old UI is still underneath")
	w.says("ui/version.ts:2:23")
	problem := w.status().Problems[0]
	assert.Equal(t, []any{"ui", "ui/version.ts", 2, 23, "build_failed"}, []any{problem.Target, problem.File, problem.Line, problem.Column, problem.Code})

	w.until("open", `f.overlay !== ""`)
	require.Eventually(t, func() bool {
		words, err := os.ReadFile(opened)
		return err == nil && strings.HasSuffix(strings.TrimSpace(string(words)), "extension/ui/version.ts:2:23")
	}, paintLimit, paintLimit/1000, "the overlay's link opens the editor")

	w.saveHandler("handler-1")
	over = w.until("tell", `f.handler === "handler-1" && f.overlay !== ""`)
	assert.Contains(t, over.Overlay, "ui/version.ts:2:23", "it stays over what else is published")

	w.saveUI("ui-2")
	assert.Empty(t, w.until("tell", `f.ui === "ui-2" && f.handler === "handler-1" && f.state === "connected"`).Overlay)
	assert.Empty(t, w.status().Problems)
}

// editorScript is an editor that writes down what it was asked to open.
func editorScript(t *testing.T) (command, opened string) {
	t.Helper()
	dir := t.TempDir()
	command, opened = filepath.Join(dir, "subl"), filepath.Join(dir, "opened")
	require.NoError(t, os.WriteFile(command, []byte("#!/bin/sh\nprintf '%s\\n' \"$@\" > '"+opened+"'\n"), 0o755))
	return command, opened
}

func TestLoop_names_the_line_of_TypeScript_where_a_handler_throws(t *testing.T) {
	w := newExtension(t).up()
	w.waitForHandlers(t)
	w.openIn(openFaultyTab(t))
	w.painted("ui-0", "handler-0")
	source, err := os.ReadFile(w.path("src/handler.ts"))
	require.NoError(t, err)

	w.save("src/handler.ts", "interface Nothing { deep?: { deeper: string } }\n\nexport function handler(request: Nothing): object {\n  throw new Error(\"thrown on purpose\");\n}\n")
	over := w.until("tell", `f.error !== "" && f.overlay !== ""`)
	assert.Contains(t, over.Overlay, "The handler stopped")
	assert.Contains(t, over.Overlay, "src/handler.ts:4")
	assert.Contains(t, over.Overlay, "thrown on purpose")
	assert.Contains(t, over.Error, "execute_failed")
	w.says("src/handler.ts:4", "thrown on purpose")

	w.save("src/handler.ts", "const broken: string = undefined!;\nbroken.length;\nexport function handler(): object { return {}; }\n")
	over = w.until("tell", `f.overlay.includes("src/handler.ts:2")`)
	assert.Contains(t, over.Overlay, "undefined")
	problem := w.status().Problems[0]
	assert.Equal(t, []any{"handler", "src/handler.ts", 2, "handler_failed"}, []any{problem.Target, problem.File, problem.Line, problem.Code})
	w.says("src/handler.ts:2")

	w.save("src/handler.ts", string(source))
	assert.Empty(t, w.until("tell", `f.handler === "handler-0" && f.overlay === ""`).Error)
	assert.Empty(t, w.status().Problems)
}

func TestLoop_swaps_a_stylesheet_without_loading_the_iframe(t *testing.T) {
	w := newExtension(t).up()
	w.open()
	before := w.until("tell", `f.ui === "ui-0" && f.color === "rgb(1, 0, 0)"`)
	w.save("ui/style.css", "h1 { color: rgb(2, 0, 0) }\n")
	after := w.until("tell", `f.color === "rgb(2, 0, 0)"`)
	assert.Equal(t, before.Born, after.Born)
	assert.NotEqual(t, before.Build, after.Build)
	assert.Equal(t, w.status().Build, after.Build)
}

func TestLoop_in_full_mode_loads_the_iframe_for_a_stylesheet(t *testing.T) {
	w := newExtension(t).up("--live-reload=full")
	w.open()
	before := w.until("tell", `f.ui === "ui-0"`)
	w.save("ui/style.css", "h1 { color: rgb(2, 0, 0) }\n")
	assert.NotEqual(t, before.Born, w.until("tell", `f.color === "rgb(2, 0, 0)"`).Born)
}

func TestLoop_switched_off_in_pages_injects_nothing(t *testing.T) {
	w := newExtension(t).up("--live-reload=off")
	page := w.asset(w.status().Hash, "index.html")
	assert.NotContains(t, page.body, "__runner/live")
	assert.NotContains(t, page.body, "data-build")
	w.saveUI("ui-1")
	w.hasStatus("published all the same", func(e runnerstatus.Extension) bool { return e.Build != page.build })
	assert.Contains(t, w.asset(w.status().Hash, "main.js").body, "ui-1")
}

func TestLoop_shows_what_is_broken_from_the_start(t *testing.T) {
	w := newExtension(t)
	w.save("ui/version.ts", "export const ui: string = ;\n")
	w.save("src/version.ts", "throw new Error(\"too early\");\nexport const handlerVersion = \"\";\n")
	w.up()
	problems := w.hasStatus("both are told", func(e runnerstatus.Extension) bool { return len(e.Problems) == 2 }).Problems
	assert.Equal(t, []string{"src/version.ts:1", "ui/version.ts:1"}, []string{placeOf(problems[0]), placeOf(problems[1])})
	w.openIn(openFaultyTab(t))
	assert.Contains(t, w.shadow(".overlay"), "ui/version.ts:1:27", "over a page that never was good")

	w.saveHandler("handler-1")
	w.saveUI("ui-1")
	assert.Empty(t, w.until("tell", `f.ui === "ui-1" && f.handler === "handler-1"`).Overlay)
	assert.Equal(t, "ready", w.hasStatus("all is well", func(e runnerstatus.Extension) bool { return len(e.Problems) == 0 }).Handler.Status)
}

func placeOf(p runnerstatus.Problem) string { return fmt.Sprintf("%s:%d", p.File, p.Line) }

// shadow waits for an element of devproxy's own in the iframe, and gives its
// text.
func (w *workbench) shadow(selector string) string {
	w.t.Helper()
	frame := enterFaultyFrame(w.t, w.tab)
	found := fmt.Sprintf(`document.querySelector("[data-devproxy]")?.shadowRoot.querySelector(%q)`, selector)
	waitFor(w.t, frame, "Boolean("+found+")")
	return evaluate[string](w.t, frame, found+".textContent")
}

func TestLoop_keeps_the_last_good_page_when_it_is_deleted(t *testing.T) {
	w := newExtension(t).up()
	w.open()
	before := w.until("tell", `f.ui === "ui-0" && f.state === "connected"`)
	page, err := os.ReadFile(w.path("ui/index.html"))
	require.NoError(t, err)

	require.NoError(t, os.Remove(w.path("ui/index.html")))
	over := w.until("tell", `f.overlay.includes("ui/index.html, which does not exist")`)
	assert.Equal(t, before.Born, over.Born, "the page is still there")
	assert.Equal(t, 200, w.asset(anyHash, "index.html").status)
	w.hasStatus("it is told", func(e runnerstatus.Extension) bool { return e.Error != nil && e.Error.Code == "manifest_invalid" })

	w.save("ui/index.html", string(page))
	w.until("tell", `f.overlay === "" && f.ui === "ui-0"`)
	w.hasStatus("it is over", func(e runnerstatus.Extension) bool { return e.Error == nil })
}

func TestLoop_follows_the_manifest_to_another_id_and_back(t *testing.T) {
	w := newExtension(t).up()
	w.waitForHandlers(t)
	w.serves("ui-0", "handler-0")
	manifest, err := os.ReadFile(w.path("manifest.json"))
	require.NoError(t, err)

	w.save("manifest.json", strings.Replace(string(manifest), `"loop"`, `"other"`, 1))
	other := w.hasStatus("it has the other id", func(e runnerstatus.Extension) bool { return e.ID == "acme.other" })
	assert.Contains(t, w.get("/api/ext/acme.other/version").body, "handler-0")
	assert.Contains(t, w.get(other.UIURL).body, "main.js")
	assert.Equal(t, 404, w.call().status, "nobody has the old id")
	w.saveUI("ui-1")
	w.hasStatus("it is built on", func(e runnerstatus.Extension) bool { return e.Build != other.Build })

	w.save("manifest.json", strings.Replace(string(manifest), `"loop"`, `"lo op"`, 1))
	w.hasStatus("it is told", func(e runnerstatus.Extension) bool { return e.Error != nil && e.ID == "acme.other" })
	w.save("manifest.json", string(manifest))
	w.serves("ui-1", "handler-0")
}

func TestLoop_prints_what_the_iframe_complains_of_unless_told_not_to(t *testing.T) {
	for flag, printed := range map[string]bool{"": true, "--no-console": false} {
		t.Run(flag, func(t *testing.T) {
			var args []string
			if flag != "" {
				args = append(args, flag)
			}
			w := newExtension(t).up(args...)
			w.open()
			w.until("tell", `f.state === "connected"`)
			w.until("complain", `f.ui === "ui-0"`)
			w.saveUI("ui-1")
			w.until("tell", `f.ui === "ui-1"`)
			w.says("published ")
			if printed {
				w.says("browser: the iframe complains")
			} else {
				assert.NotContains(t, w.output.String(), "complains")
			}
		})
	}
}

package livereload

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/caddymodule/internal/event"
)

var broken = event.BuildFailed{
	Extension: extension, Number: 2, Target: event.UI,
	Problems: []event.Problem{{
		File: "src/main.ts", Line: 3, Column: 7, Message: `Expected ";" but found <img src=x onerror=alert(1)>`,
		Frame: "3 | let a b\n  |       ^", Fix: "add a semicolon",
	}},
	Output:  []string{"\x1b[31mbuilding\x1b[0m", "1 error"},
	Command: "npm run build",
}

func TestOverlay_shows_a_failed_build_over_the_last_good_UI_until_the_next(t *testing.T) {
	s := newStage(t, `["a"]`)
	before := s.until(t, "a", `f.badgeState === "connected"`)

	s.bus.Publish(broken)
	got := s.until(t, "a", `f.overlay !== "" && f.badgeState === "failed"`)
	for _, want := range []string{
		"The UI does not build", "src/main.ts:3:7", broken.Problems[0].Message, "3 | let a b", "add a semicolon", "npm run build", "What it printed",
	} {
		assert.Contains(t, got.Overlay, want)
	}
	assert.Equal(t, before.Born, got.Born, "the last good UI stays")

	s.tell(t, "a", "open")
	assert.Equal(t, "main.ts:3:7", <-s.opened)

	s.publish("b1", "rgb(1, 0, 0)", event.None)
	got = s.until(t, "a", `f.overlay === "" && f.badgeState === "connected"`)
	assert.Equal(t, before.Born, got.Born)
}

func TestOverlay_is_there_after_a_load_and_shows_a_trap(t *testing.T) {
	s := newStage(t, `[]`)
	s.bus.Publish(event.Trapped{Extension: extension, Build: "b0", RequestID: "r-17", Problem: event.Problem{File: "src/main.ts", Line: 9, Message: "undefined is not a function"}})
	s.load(t, "a")
	got := s.until(t, "a", `f.overlay !== ""`)
	for _, want := range []string{"The handler stopped", "src/main.ts:9", "undefined is not a function", "r-17"} {
		assert.Contains(t, got.Overlay, want)
	}
}

func TestOverlay_loses_nothing_in_a_small_frame(t *testing.T) {
	s := newStage(t, `["a"]`)
	s.until(t, "a", `f.badgeState === "connected"`)
	s.bus.Publish(broken)
	s.bus.Publish(event.BuildFailed{
		Extension: extension, Number: 3, Target: event.Handler, Command: "npm run build",
		Problems: []event.Problem{{Message: strings.Repeat("a word ", 60), Frame: strings.Repeat("x", 300) + "\n" + strings.Repeat("line\n", 30)}},
	})
	s.until(t, "a", `f.overlay.includes("The handler does not build")`)
	for _, size := range []struct {
		width, height int
		folded        bool
	}{{320, 40, true}, {320, 60, true}, {320, 120, false}, {320, 200, false}, {240, 240, false}, {240, 600, false}, {800, 240, false}, {1280, 60, true}, {320, 800, false}, {320, 60, true}} {
		t.Run(fmt.Sprintf("%dx%d", size.width, size.height), func(t *testing.T) {
			do(t, s.tab, chromedp.Evaluate[chromedp.Void](fmt.Sprintf(
				`(({ style }) => { style.border = 0; style.width = "%dpx"; style.height = "%dpx"; })(document.getElementById("a"))`, size.width, size.height)))
			got := s.until(t, "a", fmt.Sprintf(`f.width === %d && f.height === %d && f.closable && f.unfoldable === %t`, size.width, size.height, size.folded))
			if size.folded {
				assert.LessOrEqual(t, got.Covers*float64(size.height), 36.0, "one line, over the UI")
				s.tell(t, "a", "unfold")
			}
			got = s.tell(t, "a", "reach")
			assert.Empty(t, got.Lost)
			assert.InDelta(t, 1, got.Covers, 0.01)
			if size.folded {
				s.tell(t, "a", "unfold") // as it was
			}
		})
	}
}

// In a frame of 240 by 240 pixels one sees at once what is wrong and where.
func TestOverlay_says_what_and_where_at_once_in_a_frame_of_240_pixels(t *testing.T) {
	s := newStage(t, `["a"]`)
	s.until(t, "a", `f.badgeState === "connected"`)
	failed := broken
	failed.Problems = []event.Problem{{
		File: "src/invoices/export/main.ts", Line: 2, Column: 62, Message: `Expected ")" but found "{"`,
		Frame: "  1 | const total = 12;\n> 2 | export function sumOfAllTheLinesThatAnInvoiceHas(lines: Line[] {\n    |                                                                ^\n  3 |   return 0;\n  4 | }", Fix: "write )",
	}}
	do(t, s.tab, chromedp.Evaluate[chromedp.Void](`(({ style }) => { style.border = 0; style.width = "240px"; style.height = "240px"; })(document.getElementById("a"))`))
	s.until(t, "a", `f.width === 240 && f.height === 240`)
	s.bus.Publish(failed)
	got := s.until(t, "a", `f.overlay !== "" && f.closable`)
	assert.Equal(t, []string{"The UI does not build", failed.Problems[0].Message, "src/invoices/export/main.ts:2:62", failed.Problems[0].Frame}, got.First)
	assert.True(t, got.Pointed, "the caret is scrolled to")
}

func TestOverlay_once_closed_comes_back_for_another_failure_only(t *testing.T) {
	s := newStage(t, `["a"]`)
	s.until(t, "a", `f.badgeState === "connected"`)
	s.bus.Publish(broken)
	s.until(t, "a", `f.overlay !== ""`)
	s.tell(t, "a", "close")
	s.bus.Publish(event.BuildStarted{Extension: extension, Target: event.Handler})
	s.until(t, "a", `f.badgeState === "building" && f.overlay === ""`)
	other := broken
	other.Number = 3
	s.bus.Publish(other)
	s.until(t, "a", `f.overlay !== ""`)
}

func TestConsole_of_the_iframe_arrives(t *testing.T) {
	s := newStage(t, `["a", "c"]`)
	heard := s.bus.Subscribe(64)
	cases := []struct{ frame, command, want string }{
		{"a", "error", `the answer is 42 {"deep":["1n"]} red`},
		{"a", "image", "loading <img> " + s.url + "/runner/ext-ui/acme.test/sha256%3Aold/missing.png failed"},
		{"a", "throw", "Script error."}, // all that a browser tells a sandboxed page
		{"c", "throw", "Error: thrown by the UI"},
		{"c", "reject", "unhandled rejection: Error: rejected by the UI"},
	}
	for _, c := range cases {
		t.Run(c.frame+" "+c.command, func(t *testing.T) {
			s.until(t, c.frame, `f.badgeState === "connected"`)
			s.tell(t, c.frame, c.command)
			line := nextConsole(t, heard)
			assert.Equal(t, []string{extension, "b0", "error"}, []string{line.Extension, line.Build, line.Level})
			assert.Contains(t, line.Message, c.want)
			if c.command == "error" {
				assert.Contains(t, line.Source, "/ui.js:")
			}
		})
	}
}

func TestPage_works_under_policies_that_refuse_it_at_first(t *testing.T) {
	for _, policy := range []string{
		"", "script-src 'nonce-abc' 'self'; connect-src 'none'",
		"default-src 'none'; script-src 'strict-dynamic' 'nonce-n'; style-src 'self'",
		"default-src 'none'; style-src 'self'; script-src-elem 'none'",
	} {
		t.Run(policy, func(t *testing.T) {
			s := newStage(t, `[]`)
			s.setPolicy(policy)
			s.load(t, "a")
			s.untilOneStream(t)
		})
	}
}

func nextConsole(t *testing.T, heard *event.Subscription) event.Console {
	t.Helper()
	for {
		select {
		case e := <-heard.Events():
			if line, is := e.(event.Console); is && !strings.Contains(line.Message, "favicon") {
				return line
			}
		case <-t.Context().Done():
			require.FailNow(t, "no console line came")
		}
	}
}

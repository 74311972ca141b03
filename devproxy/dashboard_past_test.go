package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// dashboardPages are those of the navigation.
var dashboardPages = []string{"overview", "timeline", "requests", "logs", "configuration"}

func turnTo(t *testing.T, tab context.Context, page string) {
	t.Helper()
	do(t, tab, chromedp.Evaluate[chromedp.Void](`location.hash = "`+page+`"`))
	waitFor(t, tab, `!document.querySelector("#`+page+`").hidden`)
}

func TestDashboard_shows_what_each_build_weighs_and_serves_an_earlier_one(t *testing.T) {
	w := paintedUI(t)
	ids := w.paint("two", "three, which is longer")
	reader := openTab(t)
	openDashboard(t, reader, w.url+"/__runner/")
	row := func(id string) string {
		return fmt.Sprintf(`[...document.querySelectorAll(".builds tbody tr")].find(row => row.textContent.includes(%q))`, id)
	}
	waitFor(t, reader, row(ids[1])+`?.cells[0].textContent.includes("answers")`)
	assert.Regexp(t, `B \(\+\d+ B\)$`, evaluate[string](t, reader, row(ids[1])+`.cells[5].textContent`), "the UI has grown")
	assert.Equal(t, "ui/main.ts", evaluate[string](t, reader, row(ids[1])+`.cells[6].textContent`))
	assert.Equal(t, "–", evaluate[string](t, reader, row(ids[1])+`.cells[4].textContent`), "there is no handler")
	assert.False(t, evaluate[bool](t, reader, `document.querySelector(".builds button") !== null`), "it only reads")

	tab := openTab(t)
	openDashboard(t, tab, w.dashboard(t))
	waitFor(t, tab, row(ids[0])+`?.querySelector("button")?.checkVisibility()`)
	do(t, tab, chromedp.Click(chromedp.CSS(`button[aria-label="Use build `+ids[0]+`"]`)))
	waitFor(t, tab, `document.querySelector("#notice").textContent === "Build `+ids[0]+` answers until the next save."`)
	waitFor(t, tab, row(ids[0])+`.cells[0].textContent.includes("answers")`)
	waitFor(t, reader, `document.querySelector(".past").textContent.includes("Build `+ids[0]+` answers, not the working tree (`+ids[1]+`)")`)
	assert.Contains(t, w.painting(), `"two"`)
	do(t, tab, chromedp.Click(chromedp.CSS(".past button")))
	waitFor(t, reader, `!document.querySelector(".past").checkVisibility()`)
	assert.Contains(t, w.painting(), `"three`)
	turnTo(t, tab, "timeline")
	waitFor(t, tab, `document.querySelector('.run[data-outcome=earlier][data-build="`+ids[0]+`"]') !== null`)

	w.save("ui/main.ts", "const broken = ;\n")
	waitFor(t, reader, `document.querySelector(".builds tbody tr").textContent.includes("ui: ui/main.ts:1")`)
	assert.Equal(t, "– – –", evaluate[string](t, reader, `[3, 4, 5].map(i => document.querySelector(".builds tbody tr").cells[i].textContent).join(" ")`), "what failed weighs nothing")
}

func TestDashboard_draws_the_probes_and_says_them_in_words(t *testing.T) {
	runner := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "ok") }))
	defer runner.Close()
	t.Setenv("DOCKER_RUNNER_CONNECT_PROBE_INTERVAL_MS", "200")
	s := startUp(t, "--backend", runner.URL)
	tab := openTab(t)
	openDashboard(t, tab, s.url+"/__runner/")
	picture := `[...document.querySelectorAll("#backends tr")].find(row => row.cells[0].textContent === "url")?.querySelector("svg[role=img]")`
	waitFor(t, tab, picture+`?.querySelectorAll("rect.ok").length >= 3`)
	assert.Regexp(t, `^(\d+) of the last \d+ probes were answered; the newest took [\d.]+ ms, the slowest [\d.]+ ms$`, evaluate[string](t, tab, picture+`.getAttribute("aria-label")`))
	runner.Close()
	waitFor(t, tab, picture+`?.querySelector("rect.failed") !== null && `+picture+`.getAttribute("aria-label").endsWith("the last failure was connection_refused")`)
}

func TestDashboard_says_where_each_setting_comes_from(t *testing.T) {
	t.Setenv("EXT_GATEWAY_TIMEOUT_MS", "7000")
	s := startUp(t, "--watch", "poll", "--backend", "embedded")
	tab := openTab(t)
	openDashboard(t, tab, s.url+"/__runner/#configuration")
	for key, want := range map[string]string{
		"default": "default embedded --backend RUNNER_BACKEND",
		"timeout": "timeout 7s EXT_GATEWAY_TIMEOUT_MS EXT_GATEWAY_TIMEOUT_MS",
		"hold":    "hold 5s default ",
		"watch":   "watch poll --watch DEVPROXY_WATCH",
		"history": "history 20 builds default ",
	} {
		find := fmt.Sprintf(`[...document.querySelectorAll("#explained tbody tr")].find(row => row.cells[0].textContent === %q)`, key)
		waitFor(t, tab, find+` !== undefined`)
		assert.Equal(t, want, evaluate[string](t, tab, `[...`+find+`.cells].map(cell => cell.textContent).join(" ")`))
	}
}

func TestDashboard_fits_a_window_of_320_pixels(t *testing.T) {
	w := paintedUI(t)
	w.paint("two")
	w.save("ui/main.ts", "const a_name_that_is_longer_than_the_window_is_wide_and_has_no_place_to_break_at_all: = 1;\n")
	tab := openTab(t)
	do(t, tab, chromedp.EmulateViewport(320, 600))
	openDashboard(t, tab, w.dashboard(t))
	waitFor(t, tab, `document.querySelector(".problems pre") !== null && document.querySelector(".builds .bad") !== null`)
	for _, page := range dashboardPages {
		turnTo(t, tab, page)
		assert.Equal(t, "320 320", evaluate[string](t, tab, `document.documentElement.scrollWidth + " " + innerWidth`), page)
		assert.Empty(t, evaluate[[]string](t, tab, `[...document.querySelectorAll("main *, header *")]
			.filter(node => node.checkVisibility() && node.getBoundingClientRect().right > 320.5 && !node.closest(".scroll, pre, iframe"))
			.map(node => node.outerHTML.slice(0, 120))`), "%s: what sticks out", page)
	}
}

// tabTo presses Tab until the element that has the focus is as wanted.
func tabTo(t *testing.T, tab context.Context, wanted string) {
	t.Helper()
	var met []string
	for range 60 {
		do(t, tab, chromedp.KeyEvent("\t"))
		if evaluate[bool](t, tab, `((e) => `+wanted+`)(document.activeElement)`) {
			return
		}
		met = append(met, evaluate[string](t, tab, `document.activeElement.outerHTML.slice(0, 80)`))
	}
	require.Fail(t, "no such element is reached with Tab", "%s among\n%s", wanted, strings.Join(met, "\n"))
}

func TestDashboard_swaps_and_filters_with_the_keyboard_alone(t *testing.T) {
	runner := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "ok") }))
	defer runner.Close()
	s := startUp(t, "--backend", runner.URL)
	tab := openTab(t)
	openDashboard(t, tab, s.dashboard(t))
	waitFor(t, tab, `[...document.querySelectorAll("#backends button")].some(b => b.textContent === "Use embedded" && b.checkVisibility())`)
	tabTo(t, tab, `e.textContent === "Use embedded"`)
	assert.True(t, evaluate[bool](t, tab, `getComputedStyle(document.activeElement).outlineStyle !== "none"`), "one sees where one is")
	do(t, tab, chromedp.KeyEvent("\r"))
	waitFor(t, tab, `document.querySelector("#notice").textContent === "Requests go to embedded."`)
	waitFor(t, tab, `[...document.querySelectorAll("#backends tr")].some(row => row.cells[0].textContent === "embedded" && row.cells[1].textContent.includes("selected"))`)
	waitFor(t, tab, `document.activeElement !== document.body`)

	do(t, tab, chromedp.KeyEvent("/"))
	waitFor(t, tab, `document.activeElement.id === "logs-text"`)
	do(t, tab, chromedp.KeyEvent("another backend"))
	waitFor(t, tab, `document.querySelectorAll("#logs-rows li").length === 1 && document.querySelector("#logs-rows").textContent.includes("requests go to another backend")`)
	tabTo(t, tab, `e.id === "logs-source"`)
	do(t, tab, chromedp.KeyEvent("h")) // handler
	waitFor(t, tab, `document.querySelector("#logs-source").value === "handler" && document.querySelectorAll("#logs-rows li").length === 0`)
	tabTo(t, tab, `e.id === "logs-scroll"`)
	do(t, tab, chromedp.KeyEvent("\t", chromedp.KeyModifiers(chromedp.ModifierShift)))
	waitFor(t, tab, `document.activeElement.id === "logs-level"`)
}

// mostNodes is what the page may hold, however many lines there are: 900 rows
// of four elements, and the rest of the page.
const mostNodes = 5000

func TestDashboard_holds_some_hundred_of_ten_thousand_log_lines_at_most(t *testing.T) {
	w := paintedUI(t)
	tab := openTab(t)
	openDashboard(t, tab, w.url+"/__runner/#logs")
	do(t, tab, chromedp.Evaluate[chromedp.Void](`(async () => {
		const { store } = await import("/__runner/dashboard/store.js");
		globalThis.store = store;
		globalThis.most = 0;
		new MutationObserver(() => { most = Math.max(most, document.querySelectorAll("#logs-rows li").length); }).observe(document.querySelector("#logs-rows"), { childList: true });
		for (let i = store.lines.length; i < 10000; i++) {
			store.lines.push({ n: 1e9 + i, time: new Date(), level: "info", source: i % 2 ? "build" : "engine", message: "line " + i, fields: "a=b", detail: i % 100 ? "" : "more" });
		}
		const input = document.querySelector("#logs-source");
		input.value = "build";
		input.dispatchEvent(new Event("input", { bubbles: true }));
	})()`))
	waitFor(t, tab, `document.querySelector("#logs-rows li:last-child")?.textContent.includes("line 9999") && !document.querySelector("#logs-rows li[data-source=engine]")`)
	assert.Equal(t, 300, evaluate[int](t, tab, `document.querySelectorAll("#logs-rows li").length`))
	assert.Regexp(t, `^\d+ of 10000 lines$`, text(t, tab, "#logs-count"))

	press := func(id string) {
		before := text(t, tab, "#logs-rows")
		do(t, tab, chromedp.Evaluate[chromedp.Void](`document.querySelector("#`+id+`").click()`))
		waitFor(t, tab, fmt.Sprintf(`document.querySelector("#logs-rows").textContent !== %q`, before))
	}
	back := 0
	for ; evaluate[bool](t, tab, `document.querySelector("#logs-older").checkVisibility()`); back++ {
		require.Less(t, back, 40, "the oldest line is reached")
		press("logs-older")
	}
	assert.Contains(t, evaluate[string](t, tab, `document.querySelector("#logs-rows li").dataset.source`), "build")
	assert.Greater(t, back, 10, "there is a way back to all of them")
	for evaluate[bool](t, tab, `document.querySelector("#logs-newer").checkVisibility()`) {
		press("logs-newer")
	}
	assert.Contains(t, evaluate[string](t, tab, `document.querySelector("#logs-rows li:last-child").textContent`), "line 9999")
	assert.LessOrEqual(t, evaluate[int](t, tab, `most`), 900)
	nodes := evaluate[int](t, tab, `document.querySelectorAll("*").length`)
	t.Logf("%d elements, %d rows at most", nodes, evaluate[int](t, tab, `most`))
	assert.Less(t, nodes, mostNodes)

}

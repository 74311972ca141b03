package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// axeVersion is the accessibility checker that the dashboard is held against.
const axeVersion = "4.10.3"

const paintedManifest = `{"name":"painted","publisher":"acme","version":"1.0.0","runtime":"wasm-js@1","ui":{"type":"iframe","entry":"ui/index.html"}}`

// paintedUI is an extension that is bundled in this process: it needs no Node.
func paintedUI(t *testing.T) *workbench {
	t.Helper()
	w := &workbench{t: t, dir: filepath.Join(shortFolder(t), "extension")}
	w.save("manifest.json", paintedManifest)
	w.save("ui/index.html", `<!doctype html><html lang="en"><title>painted</title><link rel="icon" href="data:,"><p id="shown"></p><script src="main.ts"></script>`)
	w.savePainted("one")
	return w.up()
}

func (w *workbench) savePainted(text string) {
	w.t.Helper()
	w.save("ui/main.ts", fmt.Sprintf("const text: string = %q;\ndocument.querySelector(\"#shown\")!.textContent = text;\n", text))
}

// dashboard is the address that `devproxy dashboard` prints.
func (s *started) dashboard(t *testing.T) string {
	t.Helper()
	out, err := s.command(t, "dashboard", "--no-open").Output()
	require.NoError(t, err)
	return strings.TrimSpace(string(out))
}

const dashboardIsLive = `document.querySelector("#connection")?.textContent === "live"`

// openDashboard loads the page once more where it stays dead: when another test
// makes or removes a container network, Chromium drops what is loading, scripts
// included.
func openDashboard(t *testing.T, tab context.Context, address string) {
	t.Helper()
	do(t, tab, chromedp.Navigate(address))
	patience, cancel := context.WithTimeout(tab, 10*time.Second)
	defer cancel()
	if _, err := chromedp.Run(patience, chromedp.Poll[bool](dashboardIsLive)); err != nil {
		do(t, tab, chromedp.Navigate("about:blank"), chromedp.Navigate(address))
	}
	waitFor(t, tab, dashboardIsLive)
}

func TestDashboard_on_the_origin_of_the_app_shows_a_save_and_filters_logs(t *testing.T) {
	w := paintedUI(t)
	tab := openTab(t)
	openDashboard(t, tab, w.url+"/__runner/")
	waitFor(t, tab, `[...document.querySelectorAll("#backends tr")].some(row => row.cells[0].textContent === "embedded" && row.cells[1].textContent === "up, selected")`)
	assert.False(t, evaluate[bool](t, tab, `[...document.querySelectorAll("button.rebuild, #restart")].some(b => b.checkVisibility())`), "it only reads")
	waitFor(t, tab, `document.querySelector("iframe").contentDocument.querySelector("iframe")?.src.includes("/ext-ui/acme.painted/")`)

	do(t, tab, chromedp.Evaluate[chromedp.Void](`location.hash = "timeline"`))
	waitFor(t, tab, `document.querySelectorAll(".run").length > 0`)
	w.savePainted("two")
	waitFor(t, tab, `(document.querySelector(".run[data-outcome=published]")?.textContent ?? "").includes("ui/main.ts")`)
	waitFor(t, tab, `["save", "build", "publish", "reload"].every(step => document.querySelector(".run").querySelector("." + step))`)
	build := evaluate[string](t, tab, `document.querySelector(".run").dataset.build`)
	assert.Regexp(t, `^0 [\d.]+ m?s [\d.]+ m?s$`, evaluate[string](t, tab, `[...document.querySelectorAll(".run:first-child .ends span")].map(end => end.textContent).join(" ")`))
	assert.Regexp(t, `^[\d:]+ acme\.painted published `+build+` in [\d.]+ m?s, in a page after [\d.]+ m?s$`, evaluate[string](t, tab, `document.querySelector(".run .bar > span").textContent`))

	do(t, tab, chromedp.Evaluate[chromedp.Void](`location.hash = "requests"`))
	waitFor(t, tab, fmt.Sprintf(`[...document.querySelectorAll("#requests-rows tr")].some(row => row.textContent.includes(%q))`, build))

	assert.Regexp(t, `^A full bar is [\d.]+ m?s or, where it is orange, more: `, text(t, tab, "#requests-scale"))
	file := `[...document.querySelectorAll("#requests-rows td.path")].find(cell => cell.title.includes("/ext-ui/acme.painted/sha256"))`
	for _, shown := range []string{`…`, `sha256(:|%3A)[0-9a-f]{64}`, `…`} { // by the keyboard
		assert.Regexp(t, `^GET /runner/ext-ui/acme\.painted/`+shown+`/[\w.]+ $`, evaluate[string](t, tab, `(globalThis.hashed ??= `+file+`).textContent`))
		do(t, tab, chromedp.Evaluate[chromedp.Void](`hashed.querySelector("button").focus()`), chromedp.KeyEvent("\r"))
	}

	do(t, tab, chromedp.Evaluate[chromedp.Void](`location.hash = "logs"`))
	waitFor(t, tab, fmt.Sprintf(`document.querySelector("#logs-rows").textContent.includes("published %s")`, build))
	do(t, tab, chromedp.SendKeys(chromedp.CSS("main"), "/"), chromedp.SendKeys(chromedp.CSS("#logs-text"), "no such line"))
	waitFor(t, tab, `document.querySelectorAll("#logs-rows li").length === 0`)
	assert.Regexp(t, `^0 of \d+ lines$`, text(t, tab, "#logs-count"))

	do(t, tab, chromedp.Evaluate[chromedp.Void](`location.hash = "configuration"`))
	waitFor(t, tab, `document.querySelector("#settings").textContent.includes("Backend embedded")`)
}

// What a run took is told once that is known, and ends with the publishing.
func TestDashboard_tells_the_time_of_a_run_that_has_one(t *testing.T) {
	s := startUp(t, "--extension", uiOnly(t))
	tab := openTab(t)
	openDashboard(t, tab, s.url+"/__runner/")
	turnTo(t, tab, "timeline")
	cases := map[string]struct{ run, title, scale string }{
		"building":           {`{outcome: "building", steps: [{name: "build", from: 0}]}`, "building", ""},
		"between two steps":  {`{outcome: "building", steps: [{name: "build", from: 0, to: 3}]}`, "building", ""},
		"failed":             {`{outcome: "failed", ended: 30, steps: [{name: "build", from: 0, to: 30, failed: true}]}`, "failed in 30 ms", "0 15 ms 30 ms"},
		"earlier":            {`{outcome: "earlier", build: "b1", ended: 0, steps: []}`, "earlier b1", ""},
		"earlier, in a page": {`{outcome: "earlier", build: "b1", ended: 0, steps: [{name: "reload", from: 0, to: 40}]}`, "earlier b1, in a page after 40 ms", "0 20 ms 40 ms"},
		"published, and compiled": {`{outcome: "published", build: "b1", ended: 20, steps: [{name: "publish", from: 0, to: 20}, {name: "reload", from: 20, to: 40}, {name: "prepare", from: 25, to: 800}]}`,
			"published b1 in 20 ms, in a page after 40 ms", "0 400 ms 800 ms"},
		"published, while compiling": {`{outcome: "published", build: "b1", ended: 20, steps: [{name: "publish", from: 0, to: 20}, {name: "prepare", from: 25}]}`, "published b1 in 20 ms", ""},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			shown := evaluate[[]string](t, tab, `Promise.all(["store", "timeline"].map((name) => import("/__runner/dashboard/" + name + ".js"))).then(([{ store }, { timeline }]) => {
				store.runs.splice(0, Infinity, { n: 1, extension: "a.b", began: 0, ...`+c.run+` });
				timeline()();
				return [document.querySelector(".run .bar > span").textContent, [...document.querySelectorAll(".ends span")].map((end) => end.textContent).join(" ")];
			})`)
			assert.True(t, strings.HasSuffix(shown[0], " a.b "+c.title), shown[0])
			assert.Equal(t, c.scale, shown[1])
		})
	}
}

func TestDashboard_rebuilds_from_its_own_port_and_for_nobody_else(t *testing.T) {
	w := paintedUI(t)
	address := w.dashboard(t)
	base, _, found := strings.Cut(address, "#key=")
	require.True(t, found, address)
	for _, url := range []string{base, w.url + "/__runner/"} {
		res, err := http.Post(url+"dashboard/actions/build", "", nil)
		require.NoError(t, err)
		res.Body.Close()
		assert.Contains(t, []int{http.StatusUnauthorized, http.StatusMethodNotAllowed}, res.StatusCode, url)
	}
	tab := openTab(t)
	openDashboard(t, tab, address)
	assert.NotContains(t, evaluate[string](t, tab, `location.href`), "key", "the address bar does not keep the key")
	waitFor(t, tab, `document.querySelector("button.rebuild")?.checkVisibility()`)
	assert.Equal(t, "Use docker", evaluate[string](t, tab, `[...document.querySelectorAll("#backends button")].filter(b => b.checkVisibility()).map(b => b.textContent).join()`))
	waitFor(t, tab, fmt.Sprintf(`document.querySelector("iframe").src.startsWith(%q)`, w.url))
	do(t, tab, chromedp.Click(chromedp.CSS("button.rebuild")))
	waitFor(t, tab, `/^acme\.painted: build [0-9a-f]{12}, \d+ ms$/.test(document.querySelector("#notice").textContent)`)
	do(t, tab, chromedp.Reload())
	waitFor(t, tab, `document.querySelector("button.rebuild")?.checkVisibility()`)

	stranger := openFaultyTab(t) // whose console says 401
	do(t, stranger, chromedp.Navigate(address))
	waitFor(t, stranger, `document.querySelector("#notice").textContent.includes("used already")`)
	waitFor(t, stranger, `document.querySelector("#connection").textContent.includes("devproxy dashboard")`)

	// a page of the app's origin, an extension's for one, is refused
	page := openFaultyTab(t)
	do(t, page, chromedp.Navigate(w.url))
	assert.Equal(t, "refused", evaluate[string](t, page, fmt.Sprintf(
		`fetch(%q, {method: "POST", headers: {Authorization: "Bearer x"}}).then(r => "answered " + r.status, () => "refused")`, base+"dashboard/actions/build")))

	openDashboard(t, stranger, w.url+"/__runner/")
	do(t, tab, chromedp.Navigate("about:blank")) // it would say that it is alone
	took, _ := w.interrupt(t)
	assert.Less(t, took, heldUp, "an open dashboard holds nothing up")
	_, err := http.Get(base)
	assert.Error(t, err, "the port ends with devproxy")
}

func TestDashboard_has_no_serious_fault_of_accessibility(t *testing.T) {
	axe := axeSource(t)
	w := paintedUI(t)
	first := w.status().Build
	w.paint("two")
	code, _, errs := w.runs("use-build", first)
	require.Zero(t, code, errs)
	w.save("ui/main.ts", "const broken: = 1;\n")
	tab := openTab(t)
	openDashboard(t, tab, w.dashboard(t))
	waitFor(t, tab, `document.querySelector(".problems pre") !== null && document.querySelector(".past").checkVisibility() && document.querySelector(".builds .bad") !== null`)
	for _, scheme := range []string{"light", "dark"} {
		do(t, tab, chromedp.Evaluate[chromedp.Void](`document.documentElement.style.colorScheme = "`+scheme+`"`))
		for _, page := range []string{"overview", "timeline", "requests", "logs", "configuration"} {
			do(t, tab, chromedp.Evaluate[chromedp.Void](`location.hash = "`+page+`"`))
			waitFor(t, tab, `!document.querySelector("#`+page+`").hidden`)
			assert.Empty(t, accessibilityFaults(t, tab, axe), "%s, %s", page, scheme)
		}
	}
	do(t, tab, chromedp.Navigate(w.url+"/__runner/dashboard/preview?extension=acme.painted"))
	waitFor(t, tab, `document.querySelector("iframe") !== null`)
	for _, scheme := range []string{"light", "dark"} {
		do(t, tab, chromedp.Evaluate[chromedp.Void](`document.documentElement.style.colorScheme = "`+scheme+`"; document.querySelector("#calls").hidden = false; document.querySelector("#calls").textContent = "x"`))
		assert.Empty(t, accessibilityFaults(t, tab, axe), "a preview, %s", scheme)
	}
}

// accessibilityFaults are the serious ones that axe finds in the page now.
func accessibilityFaults(t *testing.T, tab context.Context, axe string) []string {
	t.Helper()
	do(t, tab, chromedp.Evaluate[chromedp.Void](axe))
	waitFor(t, tab, `!document.getAnimations().some((a) => a.playState === "running" && a.effect.getComputedTiming().endTime !== Infinity)`)
	return evaluate[[]string](t, tab, `axe.run(document, { iframes: false }).then(r => r.violations
		.filter(v => ["serious", "critical"].includes(v.impact))
		.flatMap(v => v.nodes.map(n => v.id + ": " + n.html + " " + n.failureSummary)))`)
}

// axeSource installs axe-core into a cache of the tests.
func axeSource(t *testing.T) string {
	t.Helper()
	cache, err := os.UserCacheDir()
	require.NoError(t, err)
	dir := filepath.Join(cache, "devproxy", "tests", "axe-core-"+axeVersion)
	file := filepath.Join(dir, "node_modules", "axe-core", "axe.min.js")
	if _, err := os.Stat(file); err != nil {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		out, err := exec.CommandContext(ctx, "npm", "install", "--prefix", dir, "--no-audit", "--no-fund", "axe-core@"+axeVersion).CombinedOutput()
		if err != nil {
			unavailable(t, "npm cannot install axe-core: "+err.Error()+" "+string(out))
		}
	}
	source, err := os.ReadFile(file)
	require.NoError(t, err)
	return string(source)
}

func TestDashboard_says_that_none_runs(t *testing.T) {
	code, stdout, stderr := inFolder(t, nil, "dashboard", "--no-open")
	assert.Equal(t, exitFailure, code)
	assert.Empty(t, stdout)
	assert.Contains(t, stderr, "not_running")
}

// The state that scripts read is JSON with the names that docs/dashboard.md has.
func TestDashboard_state_is_there_for_scripts(t *testing.T) {
	w := paintedUI(t)
	res, err := http.Get(w.url + "/__runner/dashboard/state")
	require.NoError(t, err)
	defer res.Body.Close()
	var state map[string]json.RawMessage
	require.NoError(t, json.NewDecoder(res.Body).Decode(&state))
	for _, name := range []string{"status", "config", "runs", "requests", "executes", "lines"} {
		assert.NotEqual(t, "null", string(state[name]), name)
		assert.NotEmpty(t, state[name], name)
	}
}

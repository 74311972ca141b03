package main

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestDashboard_shows_a_call_without_secrets_and_sends_it_again(t *testing.T) {
	w := curiousExtension(t, "127.0.0.1")
	w.use("?token=PLANTED-query&page=2", `{"name":"Ada","password":"PLANTED-body"}`)
	address := w.dashboard(t)
	tab := openTab(t)
	openDashboard(t, tab, address)
	do(t, tab, chromedp.Evaluate[chromedp.Void](`location.hash = "requests"`))
	waitFor(t, tab, `document.querySelector("button.details")?.checkVisibility()`)
	do(t, tab, chromedp.Click(chromedp.CSS("button.details")))
	waitFor(t, tab, `document.querySelector("#execute").textContent.includes("storage#put n/k → ok")`)
	shown := text(t, tab, "#execute")
	for _, part := range []string{"query.page: 2", "query.token: [redacted]", `"name":"Ada"`, "warn token: [redacted]", "request.body.password"} {
		assert.Contains(t, shown, part)
	}
	assert.NotContains(t, evaluate[string](t, tab, `document.documentElement.textContent`), "PLANTED-query")
	assert.NotContains(t, shown, "PLANTED")

	do(t, tab, chromedp.Evaluate[chromedp.Void](`[...document.querySelectorAll("#execute button")].find(b => b.textContent === "Replay").click()`))
	waitFor(t, tab, `/^embedded: 200 in .*, equal to the record$/.test(document.querySelector("#replayed").textContent)`)
	w.save("src/handler.ts", "// @ts-nocheck\n"+strings.Replace(curiousHandler, `version: "first"`, `version: "second"`, 1))
	w.says("published")
	waitFor(t, tab, `(async () => {
		[...document.querySelectorAll("#execute button")].find(b => b.textContent === "Replay").click();
		await new Promise(done => setTimeout(done, 200));
		return document.querySelector("#replayed").textContent.includes("body.version");
	})()`)

	axe := axeSource(t)
	do(t, tab, chromedp.Evaluate[chromedp.Void](axe))
	faults := evaluate[[]string](t, tab, `axe.run(document, { iframes: false }).then(r => r.violations
		.filter(v => ["serious", "critical"].includes(v.impact)).flatMap(v => v.nodes.map(n => v.id + ": " + n.html)))`)
	assert.Empty(t, faults)
}

func TestDashboard_on_the_origin_of_the_app_tells_no_content_of_calls(t *testing.T) {
	w := curiousExtension(t, "127.0.0.1")
	id := w.use("?page=unmistakable", `{"name":"unmistakable"}`)
	for _, method := range []string{http.MethodGet, http.MethodPost} {
		for _, name := range []string{"state", "actions/execute?id=" + id, "actions/replay?id=" + id, "execute?id=" + id} {
			req, err := http.NewRequest(method, w.url+"/__runner/dashboard/"+name, nil)
			require.NoError(t, err)
			res, err := http.DefaultClient.Do(req)
			require.NoError(t, err)
			body, err := io.ReadAll(res.Body)
			res.Body.Close()
			require.NoError(t, err)
			assert.NotContains(t, string(body), "unmistakable", "%s %s", method, name)
		}
	}
}

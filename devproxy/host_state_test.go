package main

import (
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
)

// hostSays is true while the example host's list shows state and words.
func hostSays(state, words string) string {
	return `(() => {
		const item = document.querySelector("#extensions a"), dot = item?.querySelector(".dot");
		return dot?.className === "dot dot-` + state + `" && dot.getAttribute("aria-label") === "` + words + `" && ("` + state + `" === "ready" || item.textContent.includes("` + words + `"));
	})()`
}

func TestHost_says_that_a_save_does_not_build_until_it_is_mended(t *testing.T) {
	axe := axeSource(t)
	w := paintedUI(t)
	tab := openFaultyTab(t)
	do(t, tab, chromedp.Navigate(w.url), chromedp.WaitVisible(chromedp.CSS("iframe.frame:not(.loading)")))
	waitFor(t, tab, hostSays("ready", "In order"))
	do(t, tab, chromedp.Evaluate[chromedp.Void](`window.frameBefore = document.querySelector("iframe"); document.querySelector("#extensions a").focus()`))
	waitFor(t, tab, `document.querySelectorAll("#stage .notice").length === 0`)

	w.save("ui/main.ts", "const broken: = 1;\n")
	waitFor(t, tab, hostSays("broken", "The UI does not build"))
	assert.Contains(t, text(t, tab, "#stage .notice-bad"), "ui/main.ts:1:15")
	assert.Equal(t, "Your last save is not shown; the build before it is.", text(t, tab, "#stage .notice-bad b"))
	assert.True(t, evaluate[bool](t, tab, `document.activeElement === document.querySelector("#extensions a")`), "the keyboard is where it was")
	for _, scheme := range []string{"light", "dark"} {
		do(t, tab, chromedp.Click(chromedp.CSS(`label:has([value=`+scheme+`])`)))
		assert.Empty(t, accessibilityFaults(t, tab, axe), scheme)
	}

	w.save("manifest.json", "{")
	waitFor(t, tab, `document.querySelector("#problems").textContent.includes("manifest_invalid")`)
	waitFor(t, tab, `document.querySelector("#extensions .dot").className === "dot dot-broken"`)
	w.save("manifest.json", paintedManifest)
	waitFor(t, tab, `document.querySelector("#problems").textContent === ""`)

	w.paint("mended")
	waitFor(t, tab, hostSays("ready", "In order"))
	waitFor(t, tab, `document.querySelectorAll("#stage .notice").length === 0`)
	assert.True(t, evaluate[bool](t, tab, `window.frameBefore === document.querySelector("iframe")`), "the host leaves the iframe to live reload")

	w.interrupt(t)
	waitFor(t, tab, hostSays("unknown", "devproxy does not answer"))
}

package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestDashboard_shows_what_goes_on_until_it_ends(t *testing.T) {
	axe := axeSource(t)
	dir := slowExtension(t)
	write(t, filepath.Join(dir, "go"), "")
	s := startUp(t, "--extension", dir)
	tab := openTab(t)
	openDashboard(t, tab, s.url+"/__runner/")
	waitFor(t, tab, `(document.querySelector("article h4")?.textContent ?? "").startsWith("acme.page") && !document.querySelector("#tasks").checkVisibility()`)

	require.NoError(t, os.Remove(filepath.Join(dir, "go")))
	build := s.command(t, "build")
	require.NoError(t, build.Start())
	row := `document.querySelector("#tasks-rows tr")`
	waitFor(t, tab, `/^building,acme\.page,ui, ,[1-9]\d* s$/.test([...(`+row+`?.cells ?? [])].map(cell => cell.textContent).join())`)
	assert.True(t, evaluate[bool](t, tab, row+`.checkVisibility()`))
	assert.Equal(t, "building acme.page", evaluate[string](t, tab, row+`.querySelector("progress:indeterminate").getAttribute("aria-label")`))
	do(t, tab, chromedp.Evaluate[chromedp.Void](axe))
	assert.Empty(t, evaluate[[]string](t, tab, `axe.run("#tasks").then(r => r.violations.map(v => v.id + ": " + v.nodes.map(n => n.html)))`))

	write(t, filepath.Join(dir, "go"), "")
	waitFor(t, tab, row+` === null && !document.querySelector("#tasks").checkVisibility()`)
	assert.NoError(t, build.Wait())
}

// A share comes from an image that is pulled, say; here it is told by the
// module itself.
func TestDashboard_says_which_share_is_done(t *testing.T) {
	s := startUp(t, "--extension", uiOnly(t))
	tab := openTab(t)
	openDashboard(t, tab, s.url+"/__runner/")
	waitFor(t, tab, `document.querySelector("#backends tr") !== null`)
	assert.Equal(t, "pulling|postgres:17|layer 2 of 3|0.42 42 %|1:05 min", evaluate[string](t, tab, `(async () => {
		const { store } = await import("/__runner/dashboard/store.js");
		const { showTasks } = await import("/__runner/dashboard/tasks.js");
		store.status = { ...store.status, tasks: [{ kind: "image_pull", subject: "postgres:17", detail: "layer 2 of 3", share: 0.42, began: new Date(Date.now() - 65_500).toISOString() }] };
		showTasks();
		const [kind, subject, detail, share, since] = document.querySelector("#tasks-rows tr").cells;
		return [kind.textContent, subject.textContent, detail.textContent, share.querySelector("progress").value + share.textContent, since.textContent].join("|");
	})()`))
}

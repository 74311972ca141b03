package main

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// curious is an extension that loads a module, a font and a module worker, and
// says what it could reach. One script throws.
func curious(t *testing.T) string {
	t.Helper()
	dir := uiOnly(t)
	for name, content := range map[string]string{
		"index.html": `<!doctype html><title>curious</title>
<script src="hear.js"></script>
<link rel="stylesheet" href="font.css"><p id="out">waiting</p>
<script src="throws.js"></script>
<script src="throws.js" crossorigin></script>
<script type="module" src="module.js"></script>`,
		"hear.js": `const heard = [];
addEventListener("error", (event) => { heard.push(event.message); event.preventDefault(); });`,
		"throws.js": `throw new Error("the reason");`,
		"part.js":   `export const word = "loaded";`,
		"module.js": `import { word } from "./part.js";
let font = "no font";
try { await document.fonts.load("16px Mine"); font = "font asked for"; } catch {}
document.querySelector("#out").textContent = word + ", " + font;`,
		"font.css": `@font-face { font-family: Mine; src: local("DejaVu Sans"), local("Liberation Sans"); }`,
	} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, "ui", name), []byte(content), 0o644))
	}
	return dir
}

// careless is a host app whose frame has no sandbox at all.
func careless(t *testing.T, address string) string {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "index.html"),
		[]byte(`<!doctype html><link rel="icon" href="data:,"><title>secret of the host</title><script>
fetch("/__runner/extensions").then((res) => res.json()).then(({ extensions: [e] }) => {
  const frame = document.createElement("iframe");
  frame.src = `+address+`;
  document.body.append(frame);
});
</script><body>`), 0o644))
	return dir
}

// reach tries what a page must not: the host's page, its storage, its cookies.
func reach(t *testing.T, frame context.Context, what string) string {
	t.Helper()
	return evaluate[string](t, frame, `(() => { try { return String(`+what+`) } catch (cause) { return cause.name } })()`)
}

// assertOwnCookies sets cookies as a frame of another site may, and some as it
// may not: for every name below localhost.
func assertOwnCookies(t *testing.T, tab, frame context.Context) {
	t.Helper()
	kept := reach(t, frame, `["lax=1", "parted=1; SameSite=None; Secure; Partitioned", "all=1; domain=localhost",
		"every=1; domain=localhost; SameSite=None; Secure; Partitioned"].reduce((_, cookie) => (document.cookie = cookie, document.cookie), "")`)
	assert.Equal(t, "parted=1", kept)
	assert.Empty(t, evaluate[string](t, tab, `document.cookie`), "the host's")
}

func openCareless(t *testing.T, url string) (tab, frame context.Context) {
	t.Helper()
	tab = openTab(t)
	do(t, tab, chromedp.Navigate(url), chromedp.WaitVisible(chromedp.CSS("iframe")))
	waitFor(t, tab, `performance.getEntriesByType("resource").some((entry) => entry.initiatorType === "iframe")`)
	frame = enterFrame(t, tab)
	waitFor(t, frame, `document.querySelector("#out")?.textContent.startsWith("loaded")`)
	return tab, frame
}

func TestIsolation_sandbox_seals_a_page_whatever_its_host_forgot(t *testing.T) {
	s := startUp(t, "--isolation", "sandbox", "--extension", curious(t), "--app", careless(t, "e.ui_url"))
	_, frame := openCareless(t, s.url)
	assert.Equal(t, "null", evaluate[string](t, frame, `self.origin`))
	assert.Equal(t, "loaded, font asked for", text(t, frame, "#out"), "module scripts come with the CORS headers that they need")
	for _, what := range []string{`parent.document.title`, `localStorage.length`, `document.cookie`} {
		assert.Equal(t, "SecurityError", reach(t, frame, what), what)
	}
	assert.Equal(t, []any{"Script error.", "Uncaught Error: the reason"}, evaluate[[]any](t, frame, `heard`),
		"with crossorigin, and only so, an error says what it is")
}

func TestIsolation_sandbox_the_example_works_as_before(t *testing.T) {
	s := startUp(t, "--isolation", "sandbox", "--extension", hello(t))
	s.waitForHandlers(t)
	assert.Equal(t, "Hello, Ada!", greet(t, openExample(t, openTab(t), s.url), "Ada"))
}

func TestIsolation_subdomain_gives_a_page_its_own_storage_and_nothing_of_its_host(t *testing.T) {
	for name, address := range map[string]string{
		"as devproxy names it":     "e.ui_url",
		"as hosts build it so far": "`/runner/ext-ui/${e.id}/${encodeURIComponent(e.hash)}/index.html`",
	} {
		t.Run(name, func(t *testing.T) {
			s := startUp(t, "--isolation", "subdomain", "--extension", curious(t), "--app", careless(t, address))
			tab, frame := openCareless(t, s.url)
			assert.Equal(t, "http://acme-plain.localhost:"+evaluate[string](t, tab, `location.port`), evaluate[string](t, frame, `self.origin`))
			assert.Equal(t, "SecurityError", reach(t, frame, `parent.document.title`))
			assert.Equal(t, "1", reach(t, frame, `(localStorage.setItem("a", 1), localStorage.length)`), "its own")
			assert.Equal(t, float64(0), evaluate[float64](t, tab, `localStorage.length`), "not the host's")
			assertOwnCookies(t, tab, frame)
			assert.Equal(t, []any{"Uncaught Error: the reason", "Uncaught Error: the reason"}, evaluate[[]any](t, frame, `heard`))
			assert.Equal(t, s.url, evaluate[string](t, frame, `new URLSearchParams(location.search).get("parentOrigin")`))
		})
	}
}

func TestIsolation_subdomain_a_page_cannot_move_itself_to_the_host_s_origin(t *testing.T) {
	s := startUp(t, "--isolation", "subdomain", "--extension", curious(t), "--app", careless(t, "e.ui_url"))
	tab, frame := openCareless(t, s.url)
	before := evaluate[string](t, frame, `self.origin`)
	do(t, frame, chromedp.Navigate(s.url+evaluate[string](t, frame, `location.pathname`)))
	waitFor(t, frame, `document.querySelector("#out")?.textContent.startsWith("loaded")`)
	assert.Equal(t, before, evaluate[string](t, frame, `self.origin`))
	assert.Equal(t, "secret of the host", evaluate[string](t, tab, `document.title`))
}

func TestIsolation_subdomain_only_the_host_may_show_a_page(t *testing.T) {
	dir := uiOnly(t)
	for name, content := range map[string]string{"index.html": `<!doctype html><script src="here.js"></script>`, "here.js": `parent.postMessage("here", "*")`} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, "ui", name), []byte(content), 0o644))
	}
	app := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = io.WriteString(w, `<!doctype html><link rel="icon" href="data:,"><body><script>
const heard = [], frame = document.createElement("iframe");
addEventListener("message", ({ data }) => heard.push(data));
frame.src = new URLSearchParams(location.search).get("src");
const shown = new Promise((done) => frame.addEventListener("load", () => setTimeout(() => done(heard.join()), 100)));
document.body.append(frame);
</script>`)
	}))
	t.Cleanup(app.Close)
	s := startUp(t, "--isolation", "subdomain", "--extension", dir, "--app", app.URL)
	query := "/?src=" + url.QueryEscape(s.uiURL(t, http.DefaultClient))
	tab := openFaultyTab(t) // a refusal is an error of the page
	for host, want := range map[string]string{s.url: "here", strings.Replace(s.url, "localhost", "127.0.0.1", 1): "here", app.URL: ""} {
		do(t, tab, chromedp.Navigate(host+query))
		assert.Equal(t, want, evaluate[string](t, tab, `shown`), host)
	}
}

func TestIsolation_subdomain_host_and_extension_talk(t *testing.T) {
	s := startUp(t, "--isolation", "subdomain", "--extension", hello(t))
	s.waitForHandlers(t)
	tab := openTab(t)
	frame := openExample(t, tab, s.url)
	assert.Regexp(t, `^http://acme-hello\.localhost:\d+$`, evaluate[string](t, frame, `self.origin`))
	assert.Equal(t, "Hello, Ada!", greet(t, frame, "Ada"))
}

func TestIsolation_live_reload_works_in_each(t *testing.T) {
	for _, mode := range []string{"sandbox", "subdomain"} {
		t.Run(mode, func(t *testing.T) {
			dir := plainPage(t)
			s := startUp(t, "--isolation", mode, "--extension", dir)
			address, err := url.Parse(s.url)
			require.NoError(t, err)
			address, err = address.Parse(s.uiURL(t, http.DefaultClient))
			require.NoError(t, err)
			assertFollows(t, openTab(t), address.String(), dir)
		})
	}
}

// plainPage is an extension with a page that loads nothing.
func plainPage(t *testing.T) string {
	t.Helper()
	dir := uiOnly(t)
	savePage(t, dir, "plain")
	return dir
}

func savePage(t *testing.T, dir, text string) {
	t.Helper()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "ui", "index.html"), []byte(`<link rel="icon" href="data:,"><p>`+text), 0o644))
}

// assertFollows opens a plainPage and changes its file.
func assertFollows(t *testing.T, tab context.Context, address, dir string) {
	t.Helper()
	do(t, tab, chromedp.Navigate(address))
	waitFor(t, tab, `document.body.textContent.includes("plain")`)
	savePage(t, dir, "changed")
	require.EventuallyWithT(t, func(c *assert.CollectT) { // a page that is loaded again answers nothing for a moment
		shown, err := chromedp.Run(tab, chromedp.Evaluate[string](`document.body.textContent`))
		assert.NoError(c, err)
		assert.Contains(c, shown, "changed")
	}, startLimit, 20*time.Millisecond)
}

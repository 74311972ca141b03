package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// attackingUI is an extension whose page has no code of its own: the tests run
// theirs in it.
func attackingUI(t *testing.T) string {
	t.Helper()
	dir := uiOnly(t)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "ui", "index.html"), []byte(`<!doctype html><link rel="icon" href="data:,"><title>attacker</title><p id="out">loaded`), 0o644))
	return dir
}

// victim is an extension that another one's page may know nothing of.
func victim(t *testing.T) string {
	t.Helper()
	dir := uiOnly(t)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "manifest.json"),
		[]byte(`{"name":"victim","publisher":"acme","version":"1.0.0","runtime":"wasm-js@1","ui":{"type":"iframe","entry":"ui/index.html"}}`), 0o644))
	return dir
}

// hosting is a host page that keeps extensions in a sandbox, as hosts should.
func hosting(t *testing.T, sandbox string) string {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "index.html"), []byte(`<!doctype html><link rel="icon" href="data:,"><title>host</title><p id="secret">secret of the host</p><script>
document.cookie = "session=secret"; localStorage.setItem("token", "secret");
fetch("/__runner/extensions").then((res) => res.json()).then(({ extensions }) => {
  const frame = document.createElement("iframe");
  frame.setAttribute("sandbox", "`+sandbox+`");
  frame.src = extensions.find(({ id }) => id === "acme.plain").ui_url;
  document.body.append(frame);
});
</script><body>`), 0o644))
	return dir
}

// attempt runs an expression in a page: what it comes to, or the name of what
// stopped it.
const attempt = `(async () => { try { return String(await (%s)) } catch (cause) { return "stopped: " + cause.name } })()`

func TestAbuse_an_extension_s_page_reaches_neither_host_nor_dashboard_nor_admin(t *testing.T) {
	for mode, sandbox := range map[string]string{"none": "allow-scripts allow-forms", "sandbox": "allow-scripts allow-forms", "subdomain": "allow-scripts allow-forms allow-same-origin"} {
		t.Run(mode, func(t *testing.T) {
			s := startUp(t, "--isolation", mode, "--extension", attackingUI(t), "--extension", victim(t), "--app", hosting(t, sandbox))
			board, _, found := strings.Cut(s.dashboard(t), "__runner/")
			require.True(t, found)
			tab := openFaultyTab(t)
			do(t, tab, chromedp.Navigate(s.url), chromedp.WaitVisible(chromedp.CSS("iframe")))
			waitFor(t, tab, `performance.getEntriesByType("resource").some((entry) => entry.initiatorType === "iframe")`)
			frame := enterFaultyFrame(t, tab)
			waitFor(t, frame, `document.querySelector("#out") !== null`)
			post := func(address string) string {
				return `fetch("` + address + `", {method: "POST", headers: {Authorization: "Bearer x", "Content-Type": "application/json"}, body: "{}"}).then((r) => r.ok ? "DONE " + r.status : "refused")`
			}
			blind := func(address string) string { // what needs no preflight
				return `fetch("` + address + `", {method: "POST", mode: "no-cors", body: "{}"}).then((r) => r.type === "opaque" ? "refused" : "DONE " + r.status)`
			}
			attempts := map[string]string{
				"the host's page":                 `parent.document.title`,
				"the host's text":                 `parent.document.querySelector("#secret").textContent`,
				"the top's page":                  `top.document.body.innerHTML`,
				"the host's storage":              `parent.localStorage.getItem("token")`,
				"its own storage":                 `localStorage.length`,
				"session storage":                 `sessionStorage.length`,
				"cookies":                         `document.cookie`,
				"databases":                       `(indexedDB.open("x"), "DONE")`,
				"caches":                          `caches.open("x").then(() => "DONE")`,
				"a service worker":                `navigator.serviceWorker.register("/sw.js").then(() => "DONE")`,
				"the host's functions":            `parent.eval("1")`,
				"the host's frames":               `parent.frames[0].document.title === "attacker" ? "stopped: own" : "DONE"`,
				"the frame's own sandbox":         `frameElement.removeAttribute("sandbox")`,
				"the top's address":               `(top.location = "about:blank#taken", "stopped: later")`,
				"the parent's address":            `(parent.location.replace("about:blank#taken"), "stopped: later")`,
				"the top's address, read":         `top.location.href`,
				"the history of the tab":          `(parent.history.back(), "DONE")`,
				"a window":                        `open("` + s.url + `") === null ? "stopped: null" : "DONE"`,
				"a dialog":                        `(alert("x"), confirm("x") ? "DONE" : "stopped: false")`,
				"the host as data":                `fetch("` + s.url + `/").then((r) => r.text())`,
				"the host's folder of extensions": `fetch("` + s.url + `/__runner/extensions").then((r) => r.text())`,
				"the extensions' events":          `new Promise((done) => { const s = new EventSource("` + s.url + `/__runner/extensions/events"); s.addEventListener("extensions", () => done("DONE")); s.onerror = () => done("refused") })`,
				"the dashboard's state":           `fetch("` + s.url + `/__runner/dashboard/state").then((r) => r.text())`,
				"the dashboard's stream":          `new Promise((done) => { const s = new EventSource("` + s.url + `/__runner/dashboard/events"); s.onmessage = () => done("DONE"); s.onerror = () => done("refused") })`,
				"live reload without its token":   `new Promise((done) => { const s = new EventSource("` + s.url + `/__runner/live/events?ext=acme.other&t=x"); s.onmessage = () => done("DONE"); s.onerror = () => done("refused") })`,
				"the editor without its token":    post(s.url + "/__runner/live/open?ext=acme.plain&file=manifest.json&t=x"),
				"a handler":                       post(s.url + "/api/ext/acme.plain/items"),
				"a handler, blind":                blind(s.url + "/api/ext/acme.plain/items"),
				"the dashboard's port":            `fetch("` + board + `__runner/dashboard/state").then((r) => r.text())`,
				"the dashboard's button build":    post(board + "__runner/dashboard/actions/build"),
				"the dashboard's button use":      post(board + "__runner/dashboard/actions/use?backend=docker"),
				"the dashboard's button restart":  blind(board + "__runner/dashboard/actions/restart"),
				"the dashboard's key":             blind(board + "__runner/dashboard/session"),
				"admin over TCP":                  post("http://localhost:2019/load"),
				"admin over TCP, blind":           `fetch("http://localhost:2019/stop", {method: "POST", mode: "no-cors"}).then(() => "DONE")`,
				"admin below the origin":          post(s.url + "/runner/use?backend=docker"),
				"a backend below the origin":      post(s.url + "/runner/v1/execute"),
				"a WebSocket of the origin":       `new Promise((done) => { const s = new WebSocket("` + strings.Replace(s.url, "http", "ws", 1) + `/__runner/live/events"); s.onopen = () => done("DONE"); s.onerror = () => done("refused") })`,
			}
			maps.Copy(attempts, onNeighbour(t, s))
			if mode == "subdomain" { // there it has an origin, and what comes with that
				for _, own := range []string{"its own storage", "session storage", "cookies", "databases", "caches"} {
					delete(attempts, own)
				}
				maps.Copy(attempts, onOwnOrigin())
			}
			before := s.run(t, "status", "--json")
			for _, name := range []string{"the host's text", "the host's storage", "the dashboard's state"} {
				got := evaluate[string](t, tab, fmt.Sprintf(attempt, attempts[name]))
				assert.NotRegexp(t, `^(refused|stopped: (Sec|Type|Ref))`, got, "%s: the host itself may", name)
			}
			for name, expression := range attempts {
				got := evaluate[string](t, frame, fmt.Sprintf(attempt, expression))
				assert.True(t, got == "refused" || strings.HasPrefix(got, "stopped: "), "%s: %.200s", name, got)
			}
			// a form needs no script to be sent, and tells nothing of its answer
			evaluate[string](t, frame, `(() => { const f = document.createElement("form"); f.method = "post"; f.target = "_top"; f.action = "`+board+`__runner/dashboard/actions/use?backend=docker"; document.body.append(f); f.submit(); return "" })()`)
			evaluate[string](t, frame, `(() => { for (let i = 0; i < 20000; i++) parent.postMessage({ alga: true, version: "1", type: "resize", payload: { height: i } }, "*"); return "" })()`)
			assert.Equal(t, "secret of the host", evaluate[string](t, tab, `document.querySelector("#secret").textContent`), "the host's page stands, and answers")
			assert.Equal(t, "host", evaluate[string](t, tab, `document.title`))
			assert.True(t, strings.HasPrefix(evaluate[string](t, tab, `location.href`), s.url))
			assert.Contains(t, s.run(t, "status", "--json"), `"selected":"embedded"`)
			assert.Contains(t, before, `"selected":"embedded"`)
			t.Logf("%d attempts, a form and 20 000 messages", len(attempts))
		})
	}
}

// onNeighbour are attempts on another extension, with all that a page can know
// of its own live reload: its token stands among the addresses it loaded.
func onNeighbour(t *testing.T, s *started) map[string]string {
	t.Helper()
	var list struct {
		Extensions []struct {
			ID      string `json:"id"`
			Address string `json:"ui_url"`
		}
	}
	res, err := http.Get(s.url + "/__runner/extensions")
	require.NoError(t, err)
	defer res.Body.Close()
	require.NoError(t, json.NewDecoder(res.Body).Decode(&list))
	page, err := url.Parse(s.url)
	require.NoError(t, err)
	for _, e := range list.Extensions {
		if e.ID == "acme.victim" {
			page, err = page.Parse(e.Address)
			require.NoError(t, err)
		}
	}
	require.Contains(t, page.Path, "acme.victim")
	const own = `const client = performance.getEntriesByType("resource").map(({ name }) => name).find((name) => name.includes("/live/client.js?"));
		if (!client) return "no token";
		const at = (path, more) => { const u = new URL(path, client); u.search = new URL(client).search; for (const [k, v] of more) u.searchParams.set(k, v); return u.href; };`
	run := func(body string) string { return `(async () => { ` + own + body + ` })()` }
	stream := func(query string) string {
		return run(`return new Promise((done) => { const s = new EventSource(at("events", ` + query + `)); for (const name of ["state", "sealed"]) s.addEventListener(name, () => done("DONE")); s.onerror = () => done("refused") });`)
	}
	return map[string]string{
		"the neighbour's live reload":           stream(`[["ext", "acme.victim"]]`),
		"the neighbour's, beside its own":       stream(`[["also", "x~acme.victim"]]`),
		"the neighbour's, with its token again": stream(`[["also", new URL(client).searchParams.get("t") + "~acme.victim"]]`),
		"the neighbour's script":                run(`const r = await fetch(at("client.js", [["ext", "acme.victim"]])); return r.ok ? "DONE" : "refused";`),
		"the neighbour's console":               run(`const r = await fetch(at("console", [["ext", "acme.victim"]]), { method: "POST", body: "[]" }); return r.ok ? "DONE" : "refused";`),
		"the neighbour's files, in the editor":  run(`const r = await fetch(at("open", [["ext", "acme.victim"], ["file", "manifest.json"]]), { method: "POST" }); return r.status === 403 ? "refused" : "DONE " + r.status;`),
		"the neighbour's token":                 `fetch("` + page.String() + `").then((r) => r.text()).then((text) => text.includes("client.js") ? "DONE" : "refused")`,
		"the neighbour's handler":               `fetch("` + s.url + `/api/ext/acme.victim/x", { method: "POST", body: "{}" }).then((r) => r.ok ? "DONE" : "refused")`,
	}
}

// onOwnOrigin are attempts of a page that has an origin, where nothing but its
// files and live reload is.
func onOwnOrigin() map[string]string {
	attempts := map[string]string{}
	for _, path := range []string{
		"/", "/__runner/", "/__runner/extensions", "/__runner/extensions/events", "/__runner/dashboard/state", "/__runner/dashboard/events", "/health",
		"/runner/healthz", "/runner/use", "/runner/ext-ui/acme.victim/sha256:00/index.html", "/ext-ui/acme.victim/sha256:00/index.html", "/api/ext/acme.plain/x", "/load", "/stop", "/config/",
	} {
		for _, method := range []string{"GET", "POST"} {
			// the page itself is where "/" leads to
			attempts["its own origin's "+method+" "+path] = `fetch("` + path + `", { method: "` + method + `" }).then((r) => r.ok && !r.redirected ? "DONE " + r.status : "refused")`
		}
	}
	return attempts
}

func TestAbuse_another_site_s_page_reaches_nothing(t *testing.T) {
	s := startUp(t, "--extension", attackingUI(t))
	board, _, _ := strings.Cut(s.dashboard(t), "__runner/")
	evil := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprint(w, `<!doctype html><link rel="icon" href="data:,"><title>evil</title>`)
	}))
	t.Cleanup(evil.Close)
	tab := openFaultyTab(t)
	do(t, tab, chromedp.Navigate(evil.URL))
	ws := strings.Replace(s.url, "http", "ws", 1)
	stream := func(address string) string {
		return `new Promise((done) => { const s = new EventSource("` + address + `"); s.onmessage = s.onopen = () => done("DONE"); s.onerror = () => done("refused") })`
	}
	attempts := map[string]string{
		"the host's page":           `fetch("` + s.url + `/").then((r) => r.text())`,
		"the list of extensions":    `fetch("` + s.url + `/__runner/extensions").then((r) => r.text())`,
		"with credentials":          `fetch("` + s.url + `/__runner/extensions", {credentials: "include"}).then((r) => r.text())`,
		"the dashboard's state":     `fetch("` + s.url + `/__runner/dashboard/state").then((r) => r.text())`,
		"the dashboard's stream":    stream(s.url + "/__runner/dashboard/events"),
		"the stream of its port":    stream(board + "__runner/dashboard/events"),
		"live reload":               stream(s.url + "/__runner/live/events?ext=acme.plain&t=x"),
		"a button":                  `fetch("` + board + `__runner/dashboard/actions/restart", {method: "POST"}).then((r) => r.text())`,
		"a button, with a header":   `fetch("` + board + `__runner/dashboard/actions/restart", {method: "POST", headers: {Authorization: "Bearer x"}}).then((r) => r.text())`,
		"a handler":                 `fetch("` + s.url + `/api/ext/acme.plain/x", {method: "POST", body: "{}"}).then((r) => r.text())`,
		"a handler, as JSON":        `fetch("` + s.url + `/api/ext/acme.plain/x", {method: "POST", headers: {"Content-Type": "application/json"}, body: "{}"}).then((r) => r.text())`,
		"a handler, by PUT":         `fetch("` + s.url + `/api/ext/acme.plain/x", {method: "PUT"}).then((r) => r.text())`,
		"a WebSocket to live":       `new Promise((done) => { const s = new WebSocket("` + ws + `/__runner/live/events"); s.onopen = () => done("DONE"); s.onerror = () => done("refused") })`,
		"a WebSocket to the runner": `new Promise((done) => { const s = new WebSocket("` + ws + `/runner/healthz"); s.onopen = () => done("DONE"); s.onerror = () => done("refused") })`,
		"the list as a script":      `new Promise((done) => { const s = document.createElement("script"); s.src = "` + s.url + `/__runner/extensions"; s.onload = () => done("DONE"); s.onerror = () => done("refused"); document.body.append(s) })`,
		"the dashboard in a frame":  `new Promise((done) => { const f = document.createElement("iframe"); f.src = "` + board + `__runner/"; f.onload = () => { try { done("DONE " + f.contentDocument.title) } catch (cause) { done("stopped: " + cause.name) } }; document.body.append(f) }).then((r) => r === "DONE null" ? "refused" : r)`,
	}
	for name, expression := range attempts {
		got := evaluate[string](t, tab, fmt.Sprintf(attempt, expression))
		assert.True(t, got == "refused" || strings.HasPrefix(got, "stopped: "), "%s: %.200s", name, got)
	}
	assert.Contains(t, s.run(t, "status", "--json"), `"selected":"embedded"`)
	t.Logf("%d attempts", len(attempts))
}

// A name of somebody else's that leads to this machine makes their page one of
// our origin, as far as the browser knows. Only Host tells.
func TestAbuse_no_foreign_name_is_answered(t *testing.T) {
	s := startUp(t, "--extension", attackingUI(t))
	address := s.dashboard(t)
	site, err := url.Parse(s.url)
	require.NoError(t, err)
	board, err := url.Parse(address)
	require.NoError(t, err)
	tried := 0
	for _, name := range []string{"evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "localhost.", "LOCALHOST.evil.example", "0.0.0.0", "127.0.0.2", "[::ffff:127.0.0.1]", "127.1", "2130706433", "xn--localhost", "localhost%00.evil.example", "a.b.localhost", ""} {
		for _, path := range []string{"/", "/health", "/__runner/extensions", "/__runner/dashboard/state", "/__runner/live/client.js", "/runner/healthz", "/api/ext/acme.plain/x", "/ext-ui/acme.plain/x/index.html"} {
			for _, port := range []string{":" + site.Port(), "", ":1"} {
				tried++
				code := codeFor(t, site.Host, name+port, path)
				if name == "localhost." && code == http.StatusOK {
					continue // the same name, written out
				}
				assert.Contains(t, []int{http.StatusMisdirectedRequest, http.StatusBadRequest}, code, "%s%s%s", name, port, path)
			}
			tried++
			assert.Contains(t, []int{http.StatusForbidden, http.StatusBadRequest}, codeFor(t, board.Host, name+":"+board.Port(), path), "the dashboard's port as %s", name)
		}
	}
	t.Logf("%d requests under foreign names", tried)
}

// codeFor asks the server at address, by another name.
func codeFor(t *testing.T, address, host, path string) int {
	t.Helper()
	conn, err := net.Dial("tcp", strings.Replace(address, "localhost", "127.0.0.1", 1))
	require.NoError(t, err)
	defer conn.Close()
	_, err = fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n", path, host)
	require.NoError(t, err)
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	require.NoError(t, err)
	defer res.Body.Close()
	return res.StatusCode
}

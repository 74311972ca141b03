package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/caddymodule/runnerstatus"
)

const (
	loopDir = "testdata/loop/extension"
	loopID  = "acme.loop"
	// paintLimit is for a busy machine; what is waited for takes a moment.
	paintLimit = 30 * time.Second
	// anyHash is none of a build; files are those of the newest all the same.
	anyHash = "sha256:0000000000000000000000000000000000000000000000000000000000000000"
)

// workbench is an extension in TypeScript whose handler runs from its source,
// and the devproxy that serves it.
type workbench struct {
	t   *testing.T
	dir string
	*started
	tab context.Context
}

// newExtension copies the extension of the tests, with the packages of the
// example.
func newExtension(t *testing.T) *workbench {
	t.Helper()
	w := &workbench{t: t, dir: filepath.Join(shortFolder(t), "extension")}
	require.NoError(t, os.CopyFS(w.dir, os.DirFS(loopDir)))
	w.borrow(hello(t))
	return w
}

// borrow takes packages and interface of another extension.
func (w *workbench) borrow(from string) {
	w.t.Helper()
	packages, err := filepath.Abs(filepath.Join(from, "node_modules"))
	require.NoError(w.t, err)
	require.NoError(w.t, os.Symlink(packages, w.path("node_modules")))
	if _, err := os.Stat(w.path("wit")); err != nil {
		require.NoError(w.t, os.CopyFS(w.path("wit"), os.DirFS(filepath.Join(from, "wit"))))
	}
}

// up starts devproxy for the extension.
func (w *workbench) up(args ...string) *workbench {
	w.t.Helper()
	w.started = startUp(w.t, append([]string{"--extension", w.dir}, args...)...)
	return w
}

// open shows the extension in the example host, and waits until it is painted.
func (w *workbench) open() {
	w.t.Helper()
	w.openIn(openTab(w.t))
}

func (w *workbench) openIn(tab context.Context) {
	w.t.Helper()
	script, err := os.ReadFile("testdata/loop/host.js")
	require.NoError(w.t, err)
	w.tab = tab
	do(w.t, w.tab, chromedp.Navigate(w.url), chromedp.WaitVisible(chromedp.CSS("iframe.frame:not(.loading)")))
	do(w.t, w.tab, chromedp.Evaluate[chromedp.Void](string(script)))
}

func (w *workbench) path(name string) string { return filepath.Join(w.dir, filepath.FromSlash(name)) }

func (w *workbench) save(name, content string) {
	w.t.Helper()
	require.NoError(w.t, os.MkdirAll(filepath.Dir(w.path(name)), 0o755))
	require.NoError(w.t, os.WriteFile(w.path(name), []byte(content), 0o644))
}

func (w *workbench) saveUI(version string) {
	w.t.Helper()
	w.save("ui/version.ts", fmt.Sprintf("export const ui: string = %q;\n", version))
}

func (w *workbench) saveHandler(version string) {
	w.t.Helper()
	w.save("src/version.ts", fmt.Sprintf("export const handlerVersion: string = %q;\n", version))
}

// facts are what the iframe tells of itself.
type facts struct {
	Born    float64 `json:"born"` // differs after every load
	UI      string  `json:"ui"`
	Handler string  `json:"handler"`
	Error   string  `json:"error"`
	Build   string  `json:"build"` // on the badge
	State   string  `json:"state"` // of the badge
	Overlay string  `json:"overlay"`
	Color   string  `json:"color"`
}

// until waits until holds, an expression over the facts f, is true of the
// iframe; with every question it is sent the command.
func (w *workbench) until(command, holds string) facts {
	w.t.Helper()
	var last facts
	for giveUp := time.Now().Add(paintLimit); time.Now().Before(giveUp); {
		ask := fmt.Sprintf(`(async () => { tell(%q); await new Promise((done) => setTimeout(done, 15)); return {holds: ((f) => %s)(last), f: last} })()`, command, holds)
		got := evaluate[struct {
			Holds bool  `json:"holds"`
			F     facts `json:"f"`
		}](w.t, w.tab, ask)
		if last = got.F; got.Holds {
			return last
		}
	}
	require.Failf(w.t, "the iframe does not get there", "%s, but %+v", holds, last)
	return last
}

// painted waits until the iframe shows the versions on an extension's page.
func (w *workbench) painted(ui, handler string) facts {
	w.t.Helper()
	return w.until("tell", fmt.Sprintf(`f.ui === %q && f.handler === %q`, ui, handler))
}

// status asks the running devproxy for the extension.
func (w *workbench) status() runnerstatus.Extension {
	w.t.Helper()
	out, err := w.command(w.t, "status", "--json").Output()
	require.NoError(w.t, err)
	var s runnerstatus.Snapshot
	require.NoError(w.t, json.Unmarshal(out, &s))
	require.Len(w.t, s.Extensions, 1)
	return s.Extensions[0]
}

// hasStatus waits until holds says so of the status.
func (w *workbench) hasStatus(what string, holds func(runnerstatus.Extension) bool) runnerstatus.Extension {
	w.t.Helper()
	var last runnerstatus.Extension
	require.Eventually(w.t, func() bool { last = w.status(); return holds(last) }, paintLimit, 10*time.Millisecond, what)
	return last
}

// says waits until the terminal has had all of it.
func (w *workbench) says(what ...string) {
	w.t.Helper()
	require.EventuallyWithT(w.t, func(c *assert.CollectT) {
		for _, one := range what {
			assert.Contains(c, w.output.String(), one)
		}
	}, paintLimit, 10*time.Millisecond)
}

// answer is what is served at one moment.
type answer struct {
	status int
	build  string // X-Ext-Build
	body   string
}

func (w *workbench) get(path string) answer {
	w.t.Helper()
	res, err := http.Get(w.url + path)
	require.NoError(w.t, err)
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	require.NoError(w.t, err)
	return answer{res.StatusCode, res.Header.Get("X-Ext-Build"), string(body)}
}

// asset gets a file of the UI, as of the newest build.
func (w *workbench) asset(hash, name string) answer {
	w.t.Helper()
	return w.get("/runner/ext-ui/" + loopID + "/" + strings.Replace(hash, ":", "%3A", 1) + "/" + name)
}

// call asks the handler.
func (w *workbench) call() answer {
	w.t.Helper()
	return w.get("/api/ext/" + loopID + "/version")
}

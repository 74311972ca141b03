package main

import (
	"context"
	"errors"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The examples with a development server of somebody else as the host: its own
// live update and ours, through one origin.

func TestExample_react_ts_saves_reach_the_host_by_Vite_and_the_extension_by_devproxy(t *testing.T) {
	e := copyOf(t, "react-ts").up("--extension", "extension", "--", "npm", "run", "dev")
	frame := e.open()
	assert.Equal(t, "Tea or coffee?", text(t, frame, "h1"))
	do(t, frame, chromedp.Click(chromedp.CSS("#tea")))
	waitFor(t, frame, `document.querySelector("#tea output").textContent === "1"`)

	e.save("host/src/app.tsx", "A host by Vite", "Saved")
	e.hostKeeps("Saved")

	e.save("extension/ui/poll.tsx", "Tea or coffee?", "Tea today?")
	becomes(t, frame, `document.querySelector("h1").textContent`, "Tea today?")
	becomes(t, frame, `document.querySelector("#tea output").textContent`, "1")

	do(t, frame, chromedp.Evaluate[chromedp.Void](`globalThis.kept = true`))
	e.save("extension/ui/poll.css", "font-size: 1.2rem", "font-size: 77px")
	becomes(t, frame, `getComputedStyle(document.querySelector("h1")).fontSize`, "77px")
	assert.True(t, evaluate[bool](t, frame, `globalThis.kept === true`), "a stylesheet needs no new page")

	e.save("extension/src/handler.ts", "read().votes);", "{ tea: 41 });")
	becomes(t, frame, `document.querySelector("#tea output").textContent`, "41")
	e.hostKeeps("Saved")
	e.socketsStay("/")
	e.ends()
}

func TestExample_next_host_saves_and_calls_go_through_one_origin(t *testing.T) {
	e := copyOf(t, "next-host").up("--extension", poll(t), "--", "npm", "run", "dev")
	frame := e.open()
	do(t, frame, chromedp.Click(chromedp.CSS("#coffee")))
	waitFor(t, frame, `document.querySelector("#coffee output").textContent === "1"`)
	src, err := url.Parse(evaluate[string](t, e.tab, `document.querySelector("iframe").src`))
	require.NoError(t, err)
	assert.Equal(t, e.address(t), src.Host)
	assert.Contains(t, src.Path, "/runner/ext-ui/acme.poll/")

	e.save("app/page.tsx", "A host by Next.js", "Saved")
	e.hostKeeps("Saved")
	assert.Equal(t, "1", text(t, frame, "#coffee output"), "the iframe was not loaded again")
	e.socketsStay("/_next/")
	e.ends()
}

// Both show an extension by the same component.
func TestExample_hosts_share_their_extension_frame(t *testing.T) {
	vite, err := os.ReadFile("../examples/react-ts/host/src/extension-frame.tsx")
	require.NoError(t, err)
	next, err := os.ReadFile("../examples/next-host/app/extension-frame.tsx")
	require.NoError(t, err)
	assert.Equal(t, string(vite), string(next))
	for _, name := range []string{"wit/extension.wit", "src/web.d.ts"} {
		theirs, err := os.ReadFile(filepath.Join(helloDir, name))
		require.NoError(t, err)
		ours, err := os.ReadFile(filepath.Join("../examples/react-ts/extension", name))
		require.NoError(t, err)
		assert.Equal(t, string(theirs), string(ours), name)
	}
}

// example is a copy of an example that a test may change, what runs it, and a
// tab that shows it.
type example struct {
	t   *testing.T
	dir string
	*started
	tab context.Context

	mu      sync.Mutex
	sockets []string // the WebSockets that the page opened
}

// withPackages has the packages of an example installed, by the same script that
// ./scripts/test calls.
func withPackages(t *testing.T, name string) string {
	t.Helper()
	output, err := exec.CommandContext(t.Context(), "../scripts/example", name).CombinedOutput()
	if exit := new(exec.ExitError); errors.As(err, &exit) && exit.ExitCode() == exitNodeMissing {
		unavailable(t, strings.TrimSpace(string(output)))
	}
	require.NoError(t, err, string(output))
	return filepath.Join("../examples", name)
}

// copyOf copies the packages as well: bundlers follow a link out of the
// project, and then refuse to serve what lies there.
func copyOf(t *testing.T, name string) *example {
	t.Helper()
	chromium(t) // or skip, before the copy
	e := &example{t: t, dir: filepath.Join(shortFolder(t), name)}
	output, err := exec.CommandContext(t.Context(), "cp", "-a", withPackages(t, name), e.dir).CombinedOutput()
	require.NoError(t, err, string(output))
	require.NoError(t, os.RemoveAll(filepath.Join(e.dir, "extension", "dist")))
	return e
}

// poll is a copy of the extension of react-ts, as a clone has it: without what
// was built.
func poll(t *testing.T) string {
	t.Helper()
	from, err := filepath.Abs(withPackages(t, "react-ts"))
	require.NoError(t, err)
	dir := shortFolder(t)
	extension := filepath.Join(dir, "extension")
	require.NoError(t, os.CopyFS(extension, os.DirFS(filepath.Join(from, "extension"))))
	require.NoError(t, os.RemoveAll(filepath.Join(extension, "dist")))
	require.NoError(t, os.Symlink(filepath.Join(from, "node_modules"), filepath.Join(dir, "node_modules")))
	return extension
}

func (e *example) up(args ...string) *example {
	e.t.Helper()
	cmd := exec.Command(binary(e.t), append([]string{"up", "--port", "0"}, args...)...)
	cmd.Dir = e.dir
	cmd.Env = []string{"NEXT_TELEMETRY_DISABLED=1"}
	e.started = startWithin(e.t, startLimit, cmd)
	e.waitForHandlers(e.t)
	return e
}

// open shows the host, types into its page, and returns the extension's iframe.
func (e *example) open() (frame context.Context) {
	e.t.Helper()
	e.tab = openTab(e.t)
	require.NoError(e.t, chromedp.Listen(e.tab, func(event any) {
		if socket, is := event.(*network.EventWebSocketCreated); is {
			e.mu.Lock()
			defer e.mu.Unlock()
			e.sockets = append(e.sockets, socket.URL)
		}
	}))
	do(e.t, e.tab, chromedp.Navigate(e.url), chromedp.WaitVisible(chromedp.CSS("iframe")),
		chromedp.SendKeys(chromedp.CSS("#draft"), "half a sentence"))
	waitFor(e.t, e.tab, `document.querySelector("iframe").style.height !== "120px"`)
	do(e.t, e.tab, chromedp.Evaluate[chromedp.Void](`globalThis.born = performance.timeOrigin`))
	return enterFrame(e.t, e.tab)
}

// save replaces words in a file, which must be there.
func (e *example) save(name, old, fresh string) {
	e.t.Helper()
	file := filepath.Join(e.dir, filepath.FromSlash(name))
	content, err := os.ReadFile(file)
	require.NoError(e.t, err)
	require.Contains(e.t, string(content), old, name)
	require.NoError(e.t, os.WriteFile(file, []byte(strings.Replace(string(content), old, fresh, 1)), 0o644))
}

// hostKeeps waits for the heading, and says that the page was not loaded again
// for it.
func (e *example) hostKeeps(heading string) {
	e.t.Helper()
	waitFor(e.t, e.tab, `document.querySelector("h1").textContent === "`+heading+`"`)
	assert.Equal(e.t, "half a sentence", evaluate[string](e.t, e.tab, `document.querySelector("#draft").value`))
	assert.True(e.t, evaluate[bool](e.t, e.tab, `globalThis.born === performance.timeOrigin`))
}

// becomes waits until the expression has the value, in a frame that is loaded
// again meanwhile: what is asked just then is not answered.
func becomes(t *testing.T, frame context.Context, expression, value string) {
	t.Helper()
	require.EventuallyWithT(t, func(c *assert.CollectT) {
		is, err := chromedp.Run(frame, chromedp.Evaluate[string](expression))
		assert.NoError(c, err)
		assert.Equal(c, value, is)
	}, paintLimit, 50*time.Millisecond, expression)
}

// socketsStay says that the host's updates came through devproxy: a page that
// cannot have that would connect to the development server itself.
func (e *example) socketsStay(prefix string) {
	e.t.Helper()
	e.mu.Lock()
	defer e.mu.Unlock()
	require.NotEmpty(e.t, e.sockets)
	for _, socket := range e.sockets {
		address, err := url.Parse(socket)
		require.NoError(e.t, err)
		assert.Equal(e.t, e.address(e.t), address.Host, socket)
		assert.True(e.t, strings.HasPrefix(address.Path, prefix), socket)
	}
}

// ends presses Ctrl-C once the page is gone, which would miss its streams.
func (e *example) ends() {
	e.t.Helper()
	do(e.t, e.tab, chromedp.Navigate("about:blank"))
	assertEndsOnInterrupt(e.t, e.started)
}

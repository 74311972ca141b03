// bench_painted_test.go contains the benchmark of the change loop with a real
// browser at its end.

package caddymodule

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// BenchmarkSave_until_it_is_painted measures from the write of a stylesheet to
// the frame of Chromium that shows the new colour. Vite swaps it in a tab of
// its own. Up to two frames of 16.7 ms each are waiting: for the one that
// computes the colour, and for the one after, by which it is painted.
func BenchmarkSave_until_it_is_painted(b *testing.B) {
	browser := startChromium(b)
	dir := staticFolder(b)
	ours := openPage(b, serve(b, "extension "+dir, "runner"))
	contestants := []*contestant{
		{name: "devproxy", save: paintSaver(openTab(browser, b, ours.server.url+ours.root+"/index.html"), b, filepath.Join(dir, "ui", "style.css"))},
	}
	root := filepath.Join(staticFolder(b), "ui")
	if peer := startVite(b, root); peer != nil {
		contestants = append(contestants, &contestant{name: "vite", save: paintSaver(openTab(browser, b, peer.url), b, filepath.Join(root, "style.css"))})
	}
	race(b, contestants)
	ours.report(b)
}

// startChromium starts a browser with an empty, temporary profile.
func startChromium(b *testing.B) context.Context {
	b.Helper()
	temporary, err := os.MkdirTemp("", "dp") //nolint:usetesting // b.TempDir names the benchmark, which is too long for its socket
	require.NoError(b, err)
	b.Cleanup(func() { os.RemoveAll(temporary) })
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(chromium(b)),
		chromedp.NoSandbox, // it is refused to root, who runs tests in containers
		chromedp.DisableGPU,
		chromedp.Env("TMPDIR="+temporary), // it leaves the folder of its lock behind
	)
	ctx, stop := chromedp.NewExecAllocator(b.Context(), options...)
	b.Cleanup(stop)
	ctx, quit := chromedp.NewContext(ctx)
	b.Cleanup(quit)
	require.NoError(b, chromedp.Do(ctx))
	return ctx
}

func chromium(b *testing.B) string {
	b.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	lacking(b, "there is no Chromium; on Debian or Ubuntu: apt-get install chromium")
	return ""
}

// watchColour keeps, for each colour of the text, when it was first painted:
// the frame after the one that computed it has begun by then.
const watchColour = `
globalThis.painted = {};
(function look() {
	const colour = getComputedStyle(document.querySelector("p")).color;
	requestAnimationFrame(() => {
		painted[colour] ??= performance.timeOrigin + performance.now();
		look();
	});
})()`

// openTab opens the address in a tab of its own.
func openTab(browser context.Context, b *testing.B, address string) context.Context {
	b.Helper()
	tab, closeTab := chromedp.NewContext(browser)
	b.Cleanup(closeTab)
	require.NoError(b, chromedp.Do(tab, chromedp.Navigate(address), chromedp.Evaluate[chromedp.Void](watchColour)))
	return tab
}

// paintSaver saves a stylesheet with a colour that never was, and asks when
// that was painted.
func paintSaver(tab context.Context, b *testing.B, file string) func(string) time.Duration {
	n := 0
	return func(string) time.Duration {
		n++
		colour := fmt.Sprintf("rgb(200, %d, %d)", n/256, n%256)
		ctx, cancel := context.WithTimeout(tab, waitLong)
		defer cancel()
		began := time.Now()
		overwrite(b, file, []byte("p { color: "+colour+" }\n"))
		at, err := chromedp.Run(ctx, chromedp.Evaluate[float64](fmt.Sprintf(`(async () => {
	while (!painted[%q]) await new Promise(requestAnimationFrame);
	return painted[%q];
})()`, colour, colour), chromedp.EvalAwaitPromise))
		require.NoError(b, err, colour)
		return time.UnixMicro(int64(at * 1000)).Sub(began.Round(0)) // the wall clock is the one they share
	}
}

package main

import (
	"context"
	"os/exec"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// browserLimit bounds one browser test.
const browserLimit = 2 * time.Minute

// openTab starts a Chromium with an empty, temporary profile. The test fails at its end
// if the tab met an error.
func openTab(t *testing.T, more ...chromedp.ExecAllocatorOption) context.Context {
	t.Helper()
	tab := openFaultyTab(t, more...)
	failOnFaults(t, tab)
	return tab
}

// openFaultyTab is openTab for a test that provokes errors.
func openFaultyTab(t *testing.T, more ...chromedp.ExecAllocatorOption) context.Context {
	t.Helper()
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(chromium(t)),
		// The sandbox is refused to root, which is who runs tests in containers.
		chromedp.NoSandbox,
		chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-component-update", true),
		chromedp.WindowSize(1280, 800),
		chromedp.Env("TMPDIR="+shortFolder(t)), // it leaves the folder of its lock behind
	)
	options = append(options, more...)
	ctx, cancel := context.WithTimeout(t.Context(), browserLimit)
	t.Cleanup(cancel)
	ctx, stopBrowser := chromedp.NewExecAllocator(ctx, options...)
	t.Cleanup(stopBrowser) // waits until its profile is removed
	ctx, closeTab := chromedp.NewContext(ctx)
	t.Cleanup(closeTab)
	return ctx
}

func chromium(t *testing.T) string {
	t.Helper()
	names := []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable"}
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	unavailable(t, "there is no Chromium; on Debian or Ubuntu: apt-get install chromium")
	return ""
}

// enterFrame returns a context whose actions happen inside the iframe that
// selector finds. A sandboxed iframe has a process of its own, so the tab's
// actions do not reach it. The iframe must have loaded.
func enterFrame(t *testing.T, tab context.Context) context.Context {
	t.Helper()
	frame := enterFaultyFrame(t, tab)
	failOnFaults(t, frame)
	// What happened before we listened is told again to who enables these.
	for _, command := range []cdp.Command[cdp.Empty, cdp.Empty]{
		log.Disable, log.Enable, runtime.Disable, runtime.Enable,
	} {
		_, err := chromedp.Call(frame, command, cdp.Empty{})
		require.NoError(t, err)
	}
	return frame
}

// enterFaultyFrame is enterFrame for a test that provokes errors.
func enterFaultyFrame(t *testing.T, tab context.Context) context.Context {
	t.Helper()
	targets, err := chromedp.Targets(tab)
	require.NoError(t, err)
	for _, info := range targets {
		if info.Type == "iframe" {
			return attach(t, tab, info.TargetID)
		}
	}
	t.Fatalf("no iframe with a process of its own among %d targets", len(targets))
	return nil
}

func attach(t *testing.T, tab context.Context, id target.ID) context.Context {
	t.Helper()
	ctx, cancel := chromedp.NewContext(tab, chromedp.WithTargetID(id))
	t.Cleanup(cancel)
	return ctx
}

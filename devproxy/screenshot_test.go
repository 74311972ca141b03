package main

import (
	"bytes"
	"flag"
	"image/png"
	"os"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var writeScreenshot = flag.Bool("screenshot", false, "write the README's picture to docs/screenshot.png")

const (
	screenshotFile = "../docs/screenshot.png"
	// screenshotLimit keeps the page that shows it light.
	screenshotLimit = 150_000
)

// TestScreenshot_of_the_README_can_be_taken takes the picture that the README
// shows, and writes it for scripts/screenshot.
func TestScreenshot_of_the_README_can_be_taken(t *testing.T) {
	devproxy := startUp(t, "--extension", hello(t))
	devproxy.waitForHandlers(t)
	tab := openTab(t, chromedp.WindowSize(1200, 720))
	frame := openExample(t, tab, devproxy.url)
	do(t, tab, chromedp.Click(chromedp.CSS(`label:has([value=light])`)))
	greet(t, frame, "Grace")
	greet(t, frame, "Ada")

	picture, err := chromedp.Run(tab, chromedp.CaptureScreenshot())
	require.NoError(t, err)
	assertPicture(t, picture)
	if *writeScreenshot {
		require.NoError(t, os.WriteFile(screenshotFile, picture, 0o644))
	}
	committed, err := os.ReadFile(screenshotFile)
	require.NoError(t, err)
	assertPicture(t, committed)
}

func assertPicture(t *testing.T, picture []byte) {
	t.Helper()
	size, err := png.DecodeConfig(bytes.NewReader(picture))
	require.NoError(t, err)
	assert.Equal(t, 1200, size.Width)
	assert.Less(t, len(picture), screenshotLimit)
}

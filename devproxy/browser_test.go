package main

import (
	"context"
	"fmt"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestFirstLight_a_click_in_the_iframe_is_answered_by_the_handler(t *testing.T) {
	devproxy := startUp(t, "--extension", hello(t))
	devproxy.waitForHandlers(t)
	tab := openTab(t)
	frame := openExample(t, tab, devproxy.url)

	assert.NotContains(t, text(t, tab, "header.title"), "bundle", "a save changes it, and nobody tells the host")
	assert.Equal(t, "Who is there?", text(t, frame, "label"))
	assert.Equal(t, "grid", evaluate[string](t, frame, `getComputedStyle(document.body).display`), "the stylesheet")
	assert.Equal(t, "Hello, Ada ♥!", greet(t, frame, "Ada ♥"))
	assert.Regexp(t, `^1 greeting so far, answered by the handler in \d+ ms$`, text(t, frame, "#facts"))
	assert.Equal(t, "Hello, Grace!", greet(t, frame, "Grace"))
	assert.Regexp(t, `^2 greetings so far`, text(t, frame, "#facts"))
	assert.Equal(t, "Grace Ada ♥", evaluate[string](t, frame,
		`[...document.querySelectorAll("#recent li")].map(li => li.textContent).join(" ")`))
}

func TestFirstLight_the_iframe_cannot_read_its_host(t *testing.T) {
	devproxy := startUp(t, "--extension", helloDir)
	frame := openExample(t, openTab(t), devproxy.url)

	assert.Equal(t, "null", evaluate[string](t, frame, `self.origin`))
	for _, reach := range []string{`parent.document.title`, `localStorage.length`, `document.cookie`} {
		assert.Equal(t, "SecurityError", evaluate[string](t, frame,
			`(() => { try { return String(`+reach+`) } catch (cause) { return cause.name } })()`), reach)
	}
}

func TestFirstLight_the_theme_of_the_host_reaches_the_iframe(t *testing.T) {
	devproxy := startUp(t, "--extension", helloDir)
	tab := openTab(t)
	frame := openExample(t, tab, devproxy.url)

	for _, mode := range []string{"dark", "light"} {
		do(t, tab, chromedp.Click(chromedp.CSS(`label:has([value=`+mode+`])`)))
		waitFor(t, frame, `document.documentElement.style.colorScheme === "`+mode+`"`)
		surface := `getComputedStyle(document.documentElement).getPropertyValue("--surface")`
		assert.Equal(t, evaluate[string](t, tab, surface), evaluate[string](t, frame, surface), mode)
	}
}

// openExample opens the host and returns the context of the iframe, loaded and
// fitted to its content.
func openExample(t *testing.T, tab context.Context, url string) context.Context {
	t.Helper()
	do(t, tab, chromedp.Navigate(url),
		chromedp.WaitVisible(chromedp.CSS("iframe.frame:not(.loading)")))
	waitFor(t, tab, `document.querySelector("iframe").style.height !== ""`)
	return enterFrame(t, tab)
}

// greet asks for name by the button, and returns what the page answers.
func greet(t *testing.T, frame context.Context, name string) string {
	t.Helper()
	before := text(t, frame, "#facts")
	do(t, frame,
		chromedp.SetValue(chromedp.CSS("#name"), name),
		chromedp.Click(chromedp.CSS("#greet")))
	waitFor(t, frame, fmt.Sprintf(`document.querySelector("#facts").textContent !== %q`, before))
	return text(t, frame, "#greeting")
}

func do(t *testing.T, ctx context.Context, steps ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	require.NoError(t, chromedp.Do(ctx, steps...))
}

func text(t *testing.T, ctx context.Context, selector string) string {
	t.Helper()
	content, err := chromedp.Run(ctx, chromedp.TextContent(chromedp.CSS(selector)))
	require.NoError(t, err)
	return content
}

// waitFor waits until the expression is true in the page.
func waitFor(t *testing.T, ctx context.Context, expression string) {
	t.Helper()
	_, err := chromedp.Run(ctx, chromedp.Poll[bool](expression))
	require.NoError(t, err, expression)
}

// evaluate returns the value of the expression, a promise's once it has one.
func evaluate[T any](t *testing.T, ctx context.Context, expression string) T {
	t.Helper()
	value, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	require.NoError(t, err, expression)
	return value
}

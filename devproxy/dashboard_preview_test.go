package main

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// enterPreview returns a context inside the extension of the preview on a
// dashboard, once its UI is there.
func enterPreview(t *testing.T, tab context.Context) context.Context {
	t.Helper()
	var id target.ID
	require.Eventually(t, func() bool {
		targets, err := chromedp.Targets(tab)
		if err != nil {
			return false
		}
		for _, info := range targets {
			if info.Type == "iframe" && strings.Contains(info.URL, "/ext-ui/acme.hello/") {
				id = info.TargetID
				return true
			}
		}
		return false
	}, startLimit, 20*time.Millisecond, "the extension is in a frame of its own")
	frame := attach(t, tab, id)
	waitFor(t, frame, `document.querySelector("#greet") !== null && document.documentElement.style.colorScheme !== ""`)
	return frame
}

func TestPreview_of_the_dashboard_answers_what_the_extension_asks(t *testing.T) {
	cases := map[string]struct {
		options []string
		buttons bool
		origin  string
	}{
		"on the app's origin":            {nil, false, "null"},
		"on the port":                    {nil, true, "null"},
		"on the app's origin, subdomain": {[]string{"--isolation", "subdomain"}, false, "http://acme-hello.localhost"},
		"on the port, subdomain":         {[]string{"--isolation", "subdomain"}, true, "http://acme-hello.localhost"},
		"on the port, sandbox":           {[]string{"--isolation", "sandbox"}, true, "null"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			s := startUp(t, append(c.options, "--extension", hello(t))...)
			s.waitForHandlers(t)
			address := s.url + "/__runner/"
			if c.buttons {
				address = s.dashboard(t)
			}
			tab := openTab(t)
			openDashboard(t, tab, address)
			frame := enterPreview(t, tab)
			assert.Equal(t, "Hello, Ada!", greet(t, frame, "Ada"))
			assert.True(t, strings.HasPrefix(evaluate[string](t, frame, `self.origin`), c.origin))

			for _, what := range []string{`parent.document.title`, `top.document.title`, `top.location.href`, `top.sessionStorage.length`} {
				assert.Equal(t, "SecurityError", reach(t, frame, what), what)
			}
			if !c.buttons {
				said := `document.querySelector("iframe").contentDocument.querySelector("#calls").textContent`
				waitFor(t, tab, `/^The handler answered: 200 \d+ ms$/.test(`+said+`)`)
			}
			turnTo(t, tab, "requests")
			waitFor(t, tab, `[...document.querySelectorAll("#requests-rows tr")].some(row => row.textContent.includes("POST /api/ext/acme.hello/greet"))`)
		})
	}
}

// A page of another site, and an extension's own, must not have the preview in
// a frame, and the port is no extension's host.
func TestPreview_is_for_the_dashboards_only(t *testing.T) {
	s := startUp(t, "--extension", helloDir)
	board, _, found := strings.Cut(s.dashboard(t), "/__runner/")
	require.True(t, found)
	get := func(address string) *http.Response {
		res, err := http.Get(address)
		require.NoError(t, err)
		res.Body.Close()
		return res
	}
	res := get(s.url + "/__runner/dashboard/preview?extension=acme.hello")
	assert.Equal(t, http.StatusOK, res.StatusCode)
	policy := res.Header.Get("Content-Security-Policy")
	assert.Contains(t, policy, "frame-ancestors 'self' "+board+";")
	assert.Contains(t, policy, "script-src 'self';")
	assert.Equal(t, http.StatusNotFound, get(s.url+"/__runner/dashboard/preview?extension=acme.nobody").StatusCode)
	assert.Equal(t, http.StatusNotFound, get(s.url+"/__runner/dashboard/preview").StatusCode)
	assert.Equal(t, http.StatusNotFound, get(s.url+"/__runner/dashboard/preview.html").StatusCode)
	assert.Equal(t, http.StatusNotFound, get(board+"/__runner/dashboard/preview?extension=acme.hello").StatusCode)

	// from inside of the extension's own sandboxed frame
	tab := openFaultyTab(t)
	do(t, tab, chromedp.Navigate(s.url), chromedp.WaitVisible(chromedp.CSS("iframe.frame:not(.loading)")))
	frame := enterFaultyFrame(t, tab)
	waitFor(t, frame, `document.querySelector("#greet") !== null`)
	shown := evaluate[string](t, frame, `new Promise((done) => {
		const f = document.createElement("iframe");
		f.onload = () => { f.contentWindow.postMessage("x", "*"); done(f.contentWindow.length + " frames"); };
		f.src = "`+s.url+`/__runner/dashboard/preview?extension=acme.hello";
		document.body.append(f);
	})`)
	assert.Equal(t, "0 frames", shown)
}

package main

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os/exec"
	"regexp"
	"strings"
	"sync/atomic"
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
	frame := enterFrameAt(t, tab, "/ext-ui/acme.hello/")
	waitFor(t, frame, `document.querySelector("#greet") !== null && document.documentElement.style.colorScheme !== ""`)
	return frame
}

// enterFrameAt waits for a frame with a process of its own whose address has
// part in it.
func enterFrameAt(t *testing.T, tab context.Context, part string) context.Context {
	t.Helper()
	var id target.ID
	require.Eventually(t, func() bool {
		targets, err := chromedp.Targets(tab)
		if err != nil {
			return false
		}
		for _, info := range targets {
			if info.Type == "iframe" && strings.Contains(info.URL, part) {
				id = info.TargetID
				return true
			}
		}
		return false
	}, startLimit, 20*time.Millisecond, "the extension is in a frame of its own")
	return attach(t, tab, id)
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
				waitFor(t, tab, `/^The handler answered POST \/greet: 200 \d+ ms$/m.test(`+said+`)`)
			}
			turnTo(t, tab, "requests")
			waitFor(t, tab, `[...document.querySelectorAll("#requests-rows tr")].some(row => row.textContent.includes("POST /api/ext/acme.hello/greet"))`)
		})
	}
}

func TestPreview_tells_of_each_call_whether_it_was_answered_or_refused(t *testing.T) {
	s := startUp(t, "--extension", uiOnly(t))
	tab := openFaultyTab(t)
	do(t, tab, chromedp.Navigate(s.url+"/__runner/dashboard/preview?extension=acme.plain"))
	frame := enterFrameAt(t, tab, "/ext-ui/acme.plain/")
	waitFor(t, frame, `document.readyState === "complete"`)
	const calls = `document.querySelector("#calls")`
	for _, c := range []struct{ calls, want string }{
		{`{route: "../x"}`, `The call POST \.\.\/x was refused: invalid_route \d+ ms`},
		{`{route: "/a", method: "TRACE"}`, `The call TRACE \/a was refused: invalid_method \d+ ms`},
		{`{route: "/b", body: "?"}`, `The call POST \/b was refused: invalid_body \d+ ms`},
		{`{route: "/one"}, {route: "/two"}`, `The handler answered POST \/one: \d{3} \w+ \d+ ms\nThe handler answered POST \/two: \d{3} \w+ \d+ ms`},
	} {
		do(t, frame, chromedp.Evaluate[chromedp.Void](`for (const payload of [`+c.calls+`])
			parent.postMessage({ alga: true, version: "1", type: "apiproxy", request_id: "same", payload }, "*")`))
		waitFor(t, tab, `/^(.*\n)*`+c.want+`$/.test(`+calls+`.textContent)`)
	}
	assert.Equal(t, 3, evaluate[int](t, tab, calls+`.textContent.split("\n").length`), "the newest")
	assert.True(t, evaluate[bool](t, tab, calls+`.clientHeight > 3 * parseFloat(getComputedStyle(`+calls+`).fontSize)`), "a line each")
}

// The port is no extension's host, and a preview is of an extension that is there.
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
}

// A page of another origin must not have the preview in a frame: with the
// directive taken out it does.
func TestPreview_is_in_no_frame_of_another_origin(t *testing.T) {
	cases := map[string]struct {
		change func(*http.Response) error
		frames int
	}{
		"as it is": {nil, 0},
		"without the directive": {func(res *http.Response) error {
			policy := res.Header.Get("Content-Security-Policy")
			res.Header.Set("Content-Security-Policy", regexp.MustCompile(`frame-ancestors [^;]*;`).ReplaceAllString(policy, ""))
			return nil
		}, 1},
	}
	s := startUp(t, "--extension", uiOnly(t))
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			app := newOtherName(t, c.change)
			app.leadTo(t, s)
			stranger := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				_, _ = io.WriteString(w, `<!doctype html><link rel="icon" href="data:,"><title>a stranger</title>`)
			}))
			t.Cleanup(stranger.Close)
			tab := openFaultyTab(t)
			do(t, tab, chromedp.Navigate(stranger.URL))
			assert.Equal(t, c.frames, evaluate[int](t, tab, `new Promise((done) => {
				const f = document.createElement("iframe");
				f.onload = () => done(f.contentWindow.length); // modules have run before that
				f.src = "`+app.URL+`/__runner/dashboard/preview?extension=acme.plain";
				document.body.append(f);
			})`))
		})
	}
}

// byOtherName is one more address of a devproxy: a public base there is another
// origin than the page's, and the app's all the same.
type byOtherName struct {
	*httptest.Server
	to atomic.Pointer[url.URL]
}

func newOtherName(t *testing.T, change func(*http.Response) error) *byOtherName {
	t.Helper()
	o := new(byOtherName)
	proxy := &httputil.ReverseProxy{
		Rewrite:        func(r *httputil.ProxyRequest) { r.SetURL(o.to.Load()) },
		ModifyResponse: change,
	}
	o.Server = httptest.NewServer(proxy)
	t.Cleanup(o.Close)
	return o
}

func (o *byOtherName) leadTo(t *testing.T, s *started) {
	t.Helper()
	to, err := url.Parse(s.url)
	require.NoError(t, err)
	o.to.Store(to)
}

func TestPreview_gives_no_extension_the_app_s_origin_by_another_name(t *testing.T) {
	other := newOtherName(t, nil)
	cmd := exec.Command(binary(t), "up", "--port", "0", "--extension", uiOnly(t))
	cmd.Env = []string{"RUNNER_PUBLIC_BASE=" + other.URL + "/runner"}
	s := startWithin(t, startLimit, cmd)
	other.leadTo(t, s)
	for _, page := range []string{"/__runner/dashboard/preview?extension=acme.plain", "/"} {
		t.Run(page, func(t *testing.T) {
			tab := openTab(t)
			do(t, tab, chromedp.Navigate(s.url+page))
			waitFor(t, tab, `document.querySelector("iframe")?.src.startsWith("`+other.URL+`/runner/ext-ui/acme.plain/")`)
			frame := enterFrameAt(t, tab, other.URL+"/runner/ext-ui/")
			assert.Equal(t, "null", evaluate[string](t, frame, `self.origin`))
			assert.Equal(t, "SecurityError", reach(t, frame, `localStorage.length`))
		})
	}
}

package livereload

import (
	"bytes"
	"context"
	_ "embed"
	"fmt"
	"html"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/caddymodule/internal/event"
)

const (
	extension = "acme.test"
	neighbour = "acme.other" // of frame "d"
	passing   = "acme.n"     // begins the names of those that come and go
)

// runnerPolicy is the policy that the reference runner gives to documents.
const runnerPolicy = "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; " +
	"font-src 'self'; connect-src 'self'; object-src 'none'; base-uri 'self'; form-action 'self'"

var (
	//go:embed testdata/host.html
	hostPage []byte
	//go:embed testdata/index.html
	uiPage []byte
	//go:embed testdata/ui.js
	uiScript []byte
)

// stage is a host page with three iframes of one extension, "a" and "b" are
// sandboxed, "c" is not, and one of another, "d".
type stage struct {
	*Live
	bus    *event.Bus
	url    string
	tab    context.Context
	opened chan string
	denied chan struct{} // one for each stream that was refused

	mu     sync.Mutex
	build  string // that documents come from
	color  string
	policy string
	mode   Mode
	number int
	held   map[string]chan struct{} // by build: its stylesheet is kept back, and says so once by this
}

// facts is what an iframe tells of itself.
type facts struct {
	Born       float64  `json:"born"` // differs after every load
	Globals    []string `json:"globals"`
	Strangers  []string `json:"strangers"`
	Color      string   `json:"color"`
	Sheets     []string `json:"sheets"`
	Scripts    []string `json:"scripts"`
	Scroll     float64  `json:"scroll"`
	Name       string   `json:"name"`
	Origin     string   `json:"origin"`
	Overlay    string   `json:"overlay"`
	Badge      string   `json:"badge"`
	BadgeState string   `json:"badgeState"`
	Width      int      `json:"width"`
	Height     int      `json:"height"`
	Closable   bool     `json:"closable"`   // the overlay's button is in view
	Unfoldable bool     `json:"unfoldable"` // so is the one for all of it
	Covers     float64  `json:"covers"`     // part of the page's height that the overlay takes
	First      []string `json:"first"`      // texts of the overlay that are in view before anybody scrolls
	Pointed    bool     `json:"pointed"`    // so is the caret of its first code frame
	Lost       []string `json:"lost"`       // texts of the overlay that cannot be scrolled to; asked for with "reach"
	Spied      []string `json:"spied"`
}

func newStage(t *testing.T, frames string) *stage {
	t.Helper()
	s := &stage{bus: &event.Bus{}, opened: make(chan string, 8), denied: make(chan struct{}, 64), build: "b0", color: "rgb(1, 0, 0)", policy: runnerPolicy}
	s.Live = s.newLive(t)
	s.run(t, s.Live)
	s.publish("b0", "rgb(1, 0, 0)", event.Page)
	runner := httptest.NewServer(http.HandlerFunc(s.serveRunner))
	t.Cleanup(runner.Close)
	base, err := url.Parse(runner.URL)
	require.NoError(t, err)
	proxy := httputil.NewSingleHostReverseProxy(base)
	proxy.ModifyResponse = func(res *http.Response) error {
		s.mu.Lock()
		live, page := s.Live, Page{Extension: extensionIn(res.Request.URL.Path), Build: s.build, Mode: s.mode}
		s.mu.Unlock()
		live.Inject(res, page)
		return nil
	}
	mux := http.NewServeMux()
	mux.Handle("/runner/", http.StripPrefix("/runner", proxy))
	mux.HandleFunc(DefaultPrefix, s.serveLive)
	mux.HandleFunc("/nest", func(w http.ResponseWriter, r *http.Request) { // a host of one extension
		fmt.Fprintf(w, `<!doctype html><iframe sandbox="allow-scripts" src="/runner/ext-ui/%s/sha256%%3Aold/index.html?frame=n"></iframe>`, html.EscapeString(r.URL.Query().Get("extension")))
	})
	mux.HandleFunc("/{$}", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(hostPage) })
	front := httptest.NewServer(mux)
	t.Cleanup(front.Close)
	s.url = front.URL
	s.tab = openTab(t)
	do(t, s.tab, chromedp.Navigate(s.url), chromedp.Evaluate[chromedp.Void]("load("+frames+")"))
	return s
}

func (s *stage) newLive(t *testing.T) *Live {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "src"), 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "src", "main.ts"), []byte("let"), 0o600))
	live, err := New(Config{
		Bus: s.bus,
		Folder: func(id string) (string, bool) {
			return dir, id == extension || id == neighbour || strings.HasPrefix(id, passing)
		},
		Open: func(_ context.Context, file string, line, column int) error {
			s.opened <- fmt.Sprintf("%s:%d:%d", filepath.Base(file), line, column)
			return nil
		},
	})
	require.NoError(t, err)
	return live
}

// run passes news on until the test ends.
func (s *stage) run(t *testing.T, live *Live) {
	t.Helper()
	run := live.Subscribe()
	var running sync.WaitGroup
	running.Go(func() { run(t.Context()) })
	t.Cleanup(running.Wait)
}

func (s *stage) live() *Live {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.Live
}

func (s *stage) serveLive(w http.ResponseWriter, r *http.Request) {
	seen := &seenStatus{ResponseWriter: w}
	s.live().ServeHTTP(seen, r)
	if seen.status == http.StatusForbidden && path.Base(r.URL.Path) == "events" {
		select {
		case s.denied <- struct{}{}:
		default: // nobody counts that many
		}
	}
}

type seenStatus struct {
	http.ResponseWriter
	status int
}

func (w *seenStatus) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

func (w *seenStatus) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func extensionIn(path string) string { return strings.Split(path, "/")[2] } // "", ext-ui, ID

// serveRunner answers as a runner does, with whatever hash in the URL.
func (s *stage) serveRunner(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	asked := s.held[r.URL.Query().Get("devproxy-build")]
	s.mu.Unlock()
	if asked != nil {
		close(asked)
		<-r.Context().Done() // until nobody wants it any more
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	w.Header().Set("Cache-Control", "no-store")
	name, content := path.Base(r.URL.Path), []byte(nil)
	switch name {
	case "index.html":
		w.Header().Set("Content-Security-Policy", s.policy)
		content = uiPage
	case "ui.js":
		content = uiScript
	case "ui.css":
		content = []byte("p { color: " + s.color + " }")
	default:
		http.NotFound(w, r)
		return
	}
	http.ServeContent(w, r, name, time.Time{}, bytes.NewReader(content))
}

// hold keeps the stylesheet of build back, and gives what is closed when it is
// asked for.
func (s *stage) hold(build string) <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	asked := make(chan struct{})
	s.held = map[string]chan struct{}{build: asked}
	return asked
}

// publish makes build what the runner answers with, and says so.
func (s *stage) publish(build, color string, scope event.Scope, changed ...string) {
	s.mu.Lock()
	s.build, s.color = build, color
	s.number++
	number := s.number
	s.mu.Unlock()
	s.bus.Publish(event.Published{Extension: extension, Build: build, Number: number, Changed: changed, Scope: scope})
}

// until waits until holds, an expression over facts f, is true of frame, and
// sends it command with every question.
func (s *stage) until(t *testing.T, frame, holds string) facts {
	t.Helper()
	got, err := chromedp.Run(s.tab, chromedp.Evaluate[facts](fmt.Sprintf(`until(%q, (f) => %s)`, frame, holds), chromedp.EvalAwaitPromise))
	require.NoError(t, err, "%s: %s", frame, holds)
	return got
}

// tell sends a command to frame once.
func (s *stage) tell(t *testing.T, frame, command string) facts {
	t.Helper()
	got, err := chromedp.Run(s.tab, chromedp.Evaluate[facts](fmt.Sprintf(`ask(%q, %q)`, frame, command), chromedp.EvalAwaitPromise))
	require.NoError(t, err)
	return got
}

func (s *stage) load(t *testing.T, frame string) {
	t.Helper()
	do(t, s.tab, chromedp.Evaluate[chromedp.Void](fmt.Sprintf(`load([%q])`, frame)))
}

// replace lets another Live answer, as after a restart.
func (s *stage) replace(next *Live) {
	s.mu.Lock()
	before := s.Live
	s.Live = next
	s.mu.Unlock()
	before.hub.close()
}

func (s *stage) setPolicy(policy string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.policy = policy
}

func (s *stage) setMode(mode Mode) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mode = mode
}

// untilOneStream waits until one event stream is open.
func (s *stage) untilOneStream(t *testing.T) {
	t.Helper()
	require.Eventually(t, func() bool {
		hub := s.live().hub
		hub.mu.Lock()
		defer hub.mu.Unlock()
		return len(hub.listeners) == 1
	}, 10*time.Second, 20*time.Millisecond, "one event stream")
}

// untilCarried waits until one event stream is open, which is of frame "a" and
// tells of another extension, too.
func (s *stage) untilCarried(t *testing.T, other string) {
	t.Helper()
	require.Eventually(t, func() bool {
		hub := s.live().hub
		hub.mu.Lock()
		defer hub.mu.Unlock()
		for l := range hub.listeners {
			return len(hub.listeners) == 1 && l.extensions[0] == extension && slices.Contains(l.extensions, other)
		}
		return false
	}, 20*time.Second, 5*time.Millisecond, "a stream that has %s", other)
}

func openTab(t *testing.T) context.Context {
	t.Helper()
	temporary, err := os.MkdirTemp("", "lr") //nolint:usetesting // t.TempDir names the test, which is too long for its socket
	require.NoError(t, err)
	t.Cleanup(func() { os.RemoveAll(temporary) })
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(chromium(t)),
		// The sandbox is refused to root, which is who runs tests in containers.
		chromedp.NoSandbox,
		chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-component-update", true),
		chromedp.WindowSize(1280, 800),
		chromedp.Env("TMPDIR="+temporary), // it leaves the folder of its lock behind
	)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	t.Cleanup(cancel)
	ctx, stopBrowser := chromedp.NewExecAllocator(ctx, options...)
	t.Cleanup(stopBrowser) // waits until its profile is removed
	ctx, closeTab := chromedp.NewContext(ctx)
	t.Cleanup(closeTab)
	return ctx
}

func do(t *testing.T, ctx context.Context, steps ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	require.NoError(t, chromedp.Do(ctx, steps...))
}

func chromium(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	const reason = "there is no Chromium; on Debian or Ubuntu: apt-get install chromium"
	if os.Getenv("CI") == "true" {
		t.Fatal("CI=true allows no skip, but " + reason)
	}
	t.Skip(reason)
	return ""
}

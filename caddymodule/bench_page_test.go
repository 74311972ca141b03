// bench_page_test.go contains what stands for a browser in the benchmarks of
// the change loop: a client that holds the event stream and fetches what its
// news calls for, and a visitor who never sees an error meanwhile.

package caddymodule

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// page is a document of the extension, open in a browser.
type page struct {
	b      *testing.B
	server *caddyServer
	root   string // the address of the extension's files
	shown  string // build id
	stream string // the address of its news
	news   chan liveState

	stale  int          // fetches that a build was announced for, and that gave an older one
	probes atomic.Int64 // of the visitor
	failed atomic.Int64 // probes and fetches without a good answer
}

// liveState is what the event stream says.
type liveState struct {
	Build    string
	Failures []json.RawMessage
}

const benched = "acme.hello"

var liveTag = regexp.MustCompile(`client\.js\?ext=` + benched + `&amp;t=([^"&]+)" data-frames="[^"]+" data-build="(\w+)"`)

// openPage loads the extension's document, follows its stream, and lets a
// visitor in.
func openPage(b *testing.B, s *caddyServer) *page {
	b.Helper()
	var catalog struct {
		Extensions []struct {
			ID    string `json:"id"`
			UIURL string `json:"ui_url"`
		}
	}
	require.NoError(b, json.Unmarshal([]byte(s.get("/__runner/extensions").body), &catalog))
	var root string
	for _, e := range catalog.Extensions {
		if e.ID == benched {
			document, _, _ := strings.Cut(e.UIURL, "?")
			root, _ = strings.CutSuffix(document, "/index.html")
		}
	}
	require.NotEmpty(b, root)
	p := &page{b: b, server: s, root: root, news: make(chan liveState, 64)}
	tag := liveTag.FindStringSubmatch(p.fetch("/index.html"))
	require.NotNil(b, tag, "the document has no script of live reload")
	p.shown, p.stream = tag[2], "/__runner/live/events?t="+tag[1]+"&ext="+benched
	p.follow(p.stream)
	return p
}

// follow reads the stream, and visits, until the benchmark ends.
func (p *page) follow(stream string) {
	ctx, cancel := context.WithCancel(p.b.Context())
	response, err := noRedirects.Do(p.server.request(http.MethodGet, stream, nil).WithContext(ctx))
	require.NoError(p.b, err)
	require.Equal(p.b, http.StatusOK, response.StatusCode)
	var running sync.WaitGroup
	p.b.Cleanup(func() { cancel(); running.Wait() })
	running.Go(func() {
		defer response.Body.Close()
		p.read(response.Body)
	})
	running.Go(func() { p.visit(ctx) })
}

func (p *page) read(stream io.Reader) {
	lines := bufio.NewScanner(stream)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var state liveState
		if data, is := strings.CutPrefix(lines.Text(), "data: "); is && json.Unmarshal([]byte(data), &state) == nil {
			p.news <- state
		}
	}
}

// visit asks for the document every 20 ms: no save may make that fail.
func (p *page) visit(ctx context.Context) {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			p.probes.Add(1)
			p.fetch("/index.html")
		}
	}
}

// fetch gives a file of the extension as a browser gets it.
func (p *page) fetch(path string) string {
	request := p.server.request(http.MethodGet, p.root+path, nil)
	if strings.HasSuffix(path, ".html") {
		request.Header.Set("Accept", "text/html")
	}
	return p.send(request)
}

func (p *page) send(request *http.Request) string {
	body, ok := answered(noRedirects, request)
	if !ok {
		p.failed.Add(1)
	}
	return body
}

// answered is the body that a request is answered with, and whether that is whole
// and a good one.
func answered(client *http.Client, request *http.Request) (string, bool) {
	response, err := client.Do(request)
	if err != nil {
		return "", false
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	return string(body), err == nil && response.StatusCode == http.StatusOK
}

// next waits for the news of another build.
func (p *page) next() {
	limit := time.After(waitLong)
	for {
		select {
		case state := <-p.news:
			require.Empty(p.b, state.Failures)
			if state.Build != p.shown {
				p.shown = state.Build
				return
			}
		case <-limit:
			require.Fail(p.b, "no build followed a save", "the newest is %s", p.shown)
		}
	}
}

// until follows builds until get gives what a save carried.
func (p *page) until(mark string, get func() string) {
	for p.next(); !strings.Contains(get(), mark); p.next() {
		p.stale++
	}
}

// saver saves a file, and waits until path has the new content.
func (p *page) saver(file, path string) func(string) time.Duration {
	text := contentOf(p.b, file)
	return func(mark string) time.Duration {
		began := time.Now()
		overwrite(p.b, file, marked(file, text, mark))
		p.until(mark, func() string { return p.fetch(path + "?devproxy-build=" + p.shown) })
		return time.Since(began)
	}
}

// callSaver saves the handler, and waits until it answers with the mark.
func (p *page) callSaver(file string) func(string) time.Duration {
	text := string(contentOf(p.b, file))
	return func(mark string) time.Duration {
		began := time.Now()
		overwrite(p.b, file, []byte(strings.Replace(text, "Hello, ", "Hello "+mark+", ", 1)))
		p.until(mark, p.call)
		return time.Since(began)
	}
}

func (p *page) call() string {
	return p.send(p.server.request(http.MethodPost, "/api/ext/"+benched+"/greet", strings.NewReader(`{"name":"Ada"}`)))
}

// waitForSource waits until the handler runs from its source.
func (p *page) waitForSource() {
	require.Eventually(p.b, func() bool {
		return strings.Contains(p.server.get("/__runner/extensions").body, `"status":"ready"`)
	}, time.Minute, 10*time.Millisecond)
	require.Contains(p.b, p.call(), "Hello, Ada!")
}

// report tells how often something was not as it should be: never.
func (p *page) report(b *testing.B) {
	b.ReportMetric(float64(p.probes.Load()), "probes")
	b.ReportMetric(float64(p.failed.Load()), "failed")
	b.ReportMetric(float64(p.stale), "stale")
	if p.failed.Load() > 0 || p.stale > 0 {
		b.Errorf("%d requests failed and %d answers were stale", p.failed.Load(), p.stale)
	}
}

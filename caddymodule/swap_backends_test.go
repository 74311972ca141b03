package caddymodule

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/caddymodule/internal/engine"
	"github.com/same-origin/devproxy/caddymodule/runner/guest/guesttest"
	"github.com/same-origin/devproxy/compose/docker"
)

// swapFor is how long the backends are swapped; SWAP_TEST_SECONDS=30 for the
// long form.
func swapFor() time.Duration {
	seconds, err := strconv.Atoi(os.Getenv("SWAP_TEST_SECONDS"))
	if err != nil {
		return 4 * time.Second
	}
	return time.Duration(seconds) * time.Second
}

// TestSwap_among_embedded_a_container_and_a_cluster swaps every 50 ms while 24
// workers send requests and streams run, and allows no failure.
func TestSwap_among_embedded_a_container_and_a_cluster(t *testing.T) {
	cluster, ca := ingress(t, clusterRunner(t))
	backends := []string{"embedded", "knative"}
	global := lines("cache_dir "+filepath.Dir(guesttest.CacheDir(t)), "timeout 2m", "limits {\ntimeout 1m\n}",
		"extension "+echoFolder(t), "backend knative "+cluster.URL+" {\nhost "+ingressName+"\nca "+ca+"\n}")
	if file := composeFile(t); file != "" {
		global += "\nbackend docker {\ncompose " + file + "\nproject " + filepath.Base(filepath.Dir(file)) + "\n}"
		backends = append(backends, "docker")
	} else {
		t.Log("no container engine answers: two backends instead of three")
	}
	s := serve(t, global, swapSite)
	e := live.Load()
	for _, name := range backends {
		use(t, e, name)
	}
	l := &mixedLoad{t: t, s: s, stop: make(chan struct{})}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var streams sync.WaitGroup
	l.openStreams(ctx, e, backends[1:], &streams)
	var workers sync.WaitGroup
	for i := range 24 {
		workers.Go(func() { l.run(i) })
	}
	swaps := l.swap(e, backends, swapFor())
	close(l.stop)
	workers.Wait()
	echoed := l.echoed.Load()
	cancel()
	streams.Wait()
	t.Logf("%d swaps, %d requests, %d stream messages; by backend: %s", swaps, l.served.Load(), echoed, l.perBackend(backends))
	for _, name := range backends {
		count, _ := l.by.Load(name)
		assert.NotNil(t, count, "%s answered", name)
	}
	assert.NotZero(t, echoed)
}

// clusterRunner checks that it is spoken to as a Knative service is.
func clusterRunner(t *testing.T) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/ws":
			echo(w, r, "cluster")
		case "/sse":
			w.Header().Set("Content-Type", "text/event-stream")
			tick := time.NewTicker(20 * time.Millisecond)
			defer tick.Stop()
			for r.Context().Err() == nil {
				_, _ = io.WriteString(w, "data: cluster\n\n") // a client that left ends the context
				w.(http.Flusher).Flush()
				select {
				case <-tick.C:
				case <-r.Context().Done():
				}
			}
		case "/v1/execute":
			assert.Equal(t, 2, r.ProtoMajor)
			var in struct {
				HTTP struct {
					Body []byte `json:"body_b64"`
				}
			}
			assert.NoError(t, json.NewDecoder(r.Body).Decode(&in))
			assert.NoError(t, json.NewEncoder(w).Encode(map[string]any{"status": 200, "headers": map[string]string{}, "body_b64": in.HTTP.Body}))
		}
	})
}

// echoFolder is an extension whose handler, a real component, echoes.
func echoFolder(t *testing.T) string {
	return extensionFolder(t, map[string]string{
		"manifest.json": `{"name":"echo","publisher":"acme","version":"1.0.0","runtime":"wasm-js@1","ui":{"type":"iframe","entry":"ui/index.html"},
			"api":{"endpoints":[{"method":"POST","path":"/echo","handler":"dist/main"}]}}`,
		"dist/main.wasm": string(guesttest.Component(t, "limits")),
	})
}

// composeFile is a project whose runner echoes; empty without an engine.
func composeFile(t *testing.T) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), waitLong)
	defer cancel()
	engine, err := docker.Connect(ctx, docker.Options{})
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("CI=true allows no skip, but %v", err)
		}
		return ""
	}
	require.NoError(t, engine.Close())
	dir := filepath.Join(t.TempDir(), "swaptest"+strconv.FormatInt(time.Now().UnixNano(), 36))
	write(t, filepath.Join(dir, "Dockerfile"), "FROM scratch\nEXPOSE 8080\nENTRYPOINT [\"/service\"]\nCOPY service /service\n")
	write(t, filepath.Join(dir, "compose.yml"), "services:\n  extension-runner:\n    build: .\n    image: "+filepath.Base(dir)+":test\n    stop_grace_period: 1s\n")
	cmd := exec.CommandContext(t.Context(), "go", "build", "-ldflags", "-s -w", "-o", filepath.Join(dir, "service"), "../devproxy/testdata/service")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, string(out))
	t.Cleanup(func() {
		out, err := exec.Command("docker", "rmi", "-f", filepath.Base(dir)+":test").CombinedOutput() // #nosec G204 -- a name of ours
		assert.NoError(t, err, string(out))
	})
	return filepath.Join(dir, "compose.yml")
}

func use(t *testing.T, e *engine.Engine, name string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	require.NoError(t, e.Use(ctx, name, engine.UseOptions{Wait: true}))
}

// mixedLoad is what runs while the backends are swapped.
type mixedLoad struct {
	t      *testing.T
	s      *caddyServer
	stop   chan struct{}
	served atomic.Int64
	echoed atomic.Int64
	by     sync.Map // name of a backend to *atomic.Int64
}

// swap takes the backends in turn and returns how often it did.
func (l *mixedLoad) swap(e *engine.Engine, backends []string, total time.Duration) int {
	end := time.After(total)
	pace := time.NewTicker(50 * time.Millisecond)
	defer pace.Stop()
	for n := 0; ; n++ {
		select {
		case <-end:
			return n
		case <-pace.C:
			require.NoError(l.t, e.Use(l.t.Context(), backends[n%len(backends)], engine.UseOptions{}))
		}
	}
}

// run sends GET, POST of 10 bytes and POST of 1 MiB in turn.
func (l *mixedLoad) run(seed int) {
	client := &http.Client{Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	for n := seed; ; n++ {
		select {
		case <-l.stop:
			return
		default:
		}
		body := bytes.Repeat([]byte{byte(n)}, []int{0, 10, 1 << 20}[n%3])
		// a body without GetBody: nothing is replayed for us
		req, err := http.NewRequest(http.MethodPost, l.s.url+"/api/ext/acme.echo/echo", io.NopCloser(bytes.NewReader(body)))
		if !assert.NoError(l.t, err) {
			return
		}
		req.ContentLength = int64(len(body))
		if n%3 == 0 {
			req.Method, req.Body, req.URL.Path = http.MethodGet, nil, "/runner/healthz"
		}
		if !l.one(client, req, body) {
			return
		}
	}
}

func (l *mixedLoad) one(client *http.Client, req *http.Request, body []byte) bool {
	res, err := client.Do(req)
	if !assert.NoError(l.t, err) {
		return false
	}
	defer res.Body.Close()
	got, err := io.ReadAll(res.Body)
	if !assert.NoError(l.t, err) || !assert.Equal(l.t, 200, res.StatusCode, "%.300s", got) {
		return false
	}
	l.served.Add(1)
	if req.Method == http.MethodGet {
		return true
	}
	count, _ := l.by.LoadOrStore(res.Header.Get("X-Runner-Backend"), new(atomic.Int64))
	count.(*atomic.Int64).Add(1)
	return assert.Equal(l.t, sha256.Sum256(body), sha256.Sum256(got), "%d bytes came back as %d", len(body), len(got))
}

// openStreams opens 20 WebSockets and 20 event streams on the backends that
// have such, and returns when each has begun.
func (l *mixedLoad) openStreams(ctx context.Context, e *engine.Engine, backends []string, running *sync.WaitGroup) {
	for _, name := range backends {
		use(l.t, e, name)
		var begun sync.WaitGroup
		for range 20 / len(backends) {
			begun.Add(2)
			running.Go(func() { l.socket(ctx, sync.OnceFunc(begun.Done)) })
			running.Go(func() { l.events(ctx, sync.OnceFunc(begun.Done)) })
		}
		begun.Wait()
	}
}

func (l *mixedLoad) socket(ctx context.Context, begun func()) {
	defer begun()
	conn, _, err := websocket.Dial(ctx, l.s.url+"/runner/ws", nil)
	if !assert.NoError(l.t, err) {
		return
	}
	defer conn.CloseNow()
	for n := 0; ; n++ {
		text := strconv.Itoa(n)
		err := conn.Write(ctx, websocket.MessageText, []byte(text))
		var got []byte
		if err == nil {
			_, got, err = conn.Read(ctx)
		}
		if err != nil {
			assert.Error(l.t, ctx.Err(), "a WebSocket was cut: %v", err)
			return
		}
		assert.True(l.t, strings.HasSuffix(string(got), text), "%s came back as %s", text, got)
		l.echoed.Add(1)
		begun()
		select { // a message in every 20 ms is traffic enough
		case <-time.After(20 * time.Millisecond):
		case <-ctx.Done():
		}
	}
}

func (l *mixedLoad) events(ctx context.Context, begun func()) {
	defer begun()
	res, err := http.DefaultClient.Do(l.s.request(http.MethodGet, "/runner/sse", nil).WithContext(ctx))
	if !assert.NoError(l.t, err) {
		return
	}
	defer res.Body.Close()
	first, lines := "", bufio.NewScanner(res.Body)
	for lines.Scan() {
		if lines.Text() == "" {
			continue
		}
		if first == "" {
			first = lines.Text()
		}
		assert.Equal(l.t, first, lines.Text(), "the stream moved")
		l.echoed.Add(1)
		begun()
	}
	assert.Error(l.t, ctx.Err(), "an event stream was cut: %v", lines.Err())
}

func (l *mixedLoad) perBackend(names []string) string {
	var out []string
	for _, name := range names {
		if count, any := l.by.Load(name); any {
			out = append(out, name+" "+strconv.FormatInt(count.(*atomic.Int64).Load(), 10))
		}
	}
	return strings.Join(out, ", ")
}

// serve_test.go contains what the tests of this package share: a Caddy in
// this process, on a port that the kernel chose.

package caddymodule

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	_ "github.com/caddyserver/caddy/v2/modules/standard"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// caddyServer is a running Caddy. Caddy is one per process, so tests that use
// it do not run in parallel.
type caddyServer struct {
	t      testing.TB
	url    string
	fd     uintptr // of its listener
	state  string
	log    string        // options of Caddy's default log
	closed chan struct{} // once the server of the present config takes no more connections
}

// serve runs a Caddy whose global `runner` block and site block hold the
// given lines.
func serve(t testing.TB, global, site string) *caddyServer {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	// handed over as a file descriptor: no other process can take the port
	file, err := ln.(*net.TCPListener).File()
	require.NoError(t, err)
	require.NoError(t, ln.Close())
	// asked for once: it makes accepting block, also for the server of an earlier
	// config, which could not be stopped then
	s := &caddyServer{t: t, url: "http://" + ln.Addr().String(), fd: file.Fd(), state: t.TempDir(), log: "level ERROR\noutput discard", closed: make(chan struct{})}
	close(s.closed) // there was none before
	t.Cleanup(func() {
		require.NoError(t, caddy.Stop())
		require.NoError(t, file.Close())
	})
	s.load(global, site)
	return s
}

// load replaces the config.
func (s *caddyServer) load(global, site string) {
	s.t.Helper()
	before := s.closed
	require.NoError(s.t, s.tryLoad(global, site))
	// On a busy machine Caddy is back before the old server has closed its
	// listener: what connects to that is not answered.
	select {
	case <-before:
	case <-time.After(waitLong):
		s.t.Fatal("the server of the config before goes on")
	}
	// Caddy closes idle connections in a reload, and a POST may meet that
	noRedirects.CloseIdleConnections()
}

func (s *caddyServer) tryLoad(global, site string) error {
	s.t.Helper()
	text := fmt.Sprintf(`{
	admin off
	persist_config off
	auto_https off
	grace_period 1s
	log {
		%s
	}
	runner {
		state_dir %s
		%s
	}
}
http:// {
	bind fd/%d
	%s
}
`, s.log, s.state, global, s.fd, site)
	config, _, err := caddyconfig.GetAdapter("caddyfile").Adapt([]byte(text), map[string]any{"filename": "Caddyfile"})
	require.NoError(s.t, err)
	var root map[string]map[string]any
	require.NoError(s.t, json.Unmarshal(config, &root))
	root["apps"]["runner_test_closing"] = map[string]any{}
	if failing.Load() {
		root["apps"]["runner_test_failing"] = map[string]any{}
	}
	config, err = json.Marshal(root)
	require.NoError(s.t, err)
	closed := make(chan struct{})
	closing.Store(&closed)
	if err = caddy.Load(config, true); err == nil {
		s.closed = closed
	}
	return err
}

// closing is closed once the server of the config that is being loaded takes no
// more connections.
var closing atomic.Pointer[chan struct{}]

// closingApp closes it.
type closingApp struct{}

func init() { caddy.RegisterModule(closingApp{}) }

func (closingApp) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{ID: "runner_test_closing", New: func() caddy.Module { return new(closingApp) }}
}

func (closingApp) Provision(ctx caddy.Context) error {
	app, err := ctx.App("http")
	if err != nil {
		return err
	}
	closed, once := *closing.Load(), new(sync.Once)
	for _, server := range app.(*caddyhttp.App).Servers {
		server.RegisterOnShutdown(func() { once.Do(func() { close(closed) }) })
	}
	return nil
}

func (closingApp) Start() error { return nil }

func (closingApp) Stop() error { return nil }

// failing adds, to configs loaded while it is set, an app that fails to start.
var failing atomic.Bool

func init() { caddy.RegisterModule(failingApp{}) }

// answer is a response, read whole.
type answer struct {
	status int
	header http.Header
	body   string
}

// code is the stable code of an error answer.
func (a answer) code(t *testing.T) string {
	t.Helper()
	var body struct {
		Error struct{ Code, Message string }
	}
	require.NoError(t, json.Unmarshal([]byte(a.body), &body), "body: %s", a.body)
	require.NotEmpty(t, body.Error.Message)
	return body.Error.Code
}

func (s *caddyServer) get(path string) answer {
	s.t.Helper()
	return s.do(s.request(http.MethodGet, path, nil))
}

func (s *caddyServer) request(method, path string, body io.Reader) *http.Request {
	req, err := http.NewRequestWithContext(s.t.Context(), method, s.url+path, body)
	assert.NoError(s.t, err)
	return req
}

// do may be called from any goroutine: it reports a failure and answers 0.
func (s *caddyServer) do(req *http.Request) answer {
	s.t.Helper()
	res, err := noRedirects.Do(req)
	if !assert.NoError(s.t, err) {
		return answer{}
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	assert.NoError(s.t, err)
	return answer{res.StatusCode, res.Header, string(body)}
}

var noRedirects = &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}

// upstream is a runner that somebody else runs, and that is well; handler sees
// no probes.
func upstream(t testing.TB, handler http.HandlerFunc) *httptest.Server {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.UserAgent() != "devproxy-probe" {
			handler(w, r)
		}
	}))
	t.Cleanup(server.Close)
	return server
}

// refusing is an address at which nobody listens, nor can as long as the test
// runs: it is one end of a connection.
func refusing(t *testing.T) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	conn, err := net.Dial("tcp", ln.Addr().String())
	require.NoError(t, err)
	t.Cleanup(func() { _, _ = conn.Close(), ln.Close() })
	return "http://" + conn.LocalAddr().String()
}

// freePort is an address at which nobody listens yet.
func freePort(t *testing.T) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, ln.Close())
	return ln.Addr().String()
}

const helloManifest = `{"name":"hello","publisher":"acme","version":"1.0.0","runtime":"wasm-js@1",
"capabilities":["cap:storage.kv"],"ui":{"type":"iframe","entry":"ui/index.html"},
"api":{"endpoints":[{"method":"GET","path":"/items/:id","handler":"dist/main"},{"method":"POST","path":"/items","handler":"dist/main"},
{"method":"DELETE","path":"/items/:id","handler":"dist/main"},{"method":"PUT","path":"/items/:id","handler":"dist/main"},{"method":"PATCH","path":"/items/:id","handler":"dist/main"},{"method":"GET","path":"/","handler":"dist/main"}]}}`

// extensionFolder writes a folder with a UI and the files given.
func extensionFolder(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range map[string]string{"manifest.json": helloManifest, "ui/index.html": "<h1>hello</h1>", "dist/main.wasm": "not run in these tests"} {
		write(t, filepath.Join(dir, name), content)
	}
	for name, content := range files {
		write(t, filepath.Join(dir, name), content)
	}
	return dir
}

func write(t *testing.T, path, content string) {
	t.Helper()
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
	require.NoError(t, os.WriteFile(path, []byte(content), 0o644))
}

// lines joins Caddyfile lines.
func lines(l ...string) string { return strings.Join(l, "\n") }

const (
	waitLong = 30 * time.Second
	waitStep = time.Millisecond
)

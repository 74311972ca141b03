package runner

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/caddymodule/runner/guest"
	"github.com/same-origin/devproxy/caddymodule/runner/guest/guesttest"
	"github.com/same-origin/devproxy/caddymodule/runner/host"
)

// bench is a runner with the real engine, and what it logged.
type bench struct {
	*httptest.Server
	runner *Runner
	source *folder
	log    *logLines
}

type logLines struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logLines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logLines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// engines are shared by the tests, by cache folder: compiling takes seconds.
var engines = struct {
	sync.Mutex
	byDir map[string]guest.Engine
}{byDir: map[string]guest.Engine{}}

// engineFor gives the engine that executes the component called name. Tests
// without one ask for no cache folder of components, so that they run on
// machines that cannot build any.
func engineFor(t testing.TB, name string) guest.Engine {
	t.Helper()
	dir := ""
	if name != "" {
		dir = guesttest.CacheDir(t)
	}
	engines.Lock()
	defer engines.Unlock()
	if engines.byDir[dir] == nil {
		engine, err := guest.NewWazero(context.Background(), guest.Options{CacheDir: dir})
		require.NoError(t, err)
		engines.byDir[dir] = engine
	}
	return engines.byDir[dir]
}

// newBench serves the component called name as the test extension's handler.
func newBench(t testing.TB, name string, options ...func(*Config)) *bench {
	t.Helper()
	source := newFolder(t, true, page())
	if name != "" {
		source.install(t, guesttest.Component(t, name))
	}
	b := &bench{source: source, log: &logLines{}}
	cfg := Config{Sources: []Source{source}, Logger: slog.New(slog.NewTextHandler(b.log, nil))}
	cfg.Engine = engineFor(t, name)
	var err error
	cfg.Platform, err = host.New(host.Options{StateDir: t.TempDir(), Logger: cfg.Logger})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, cfg.Platform.Close()) })
	for _, option := range options {
		option(&cfg)
	}
	b.runner, err = New(cfg)
	require.NoError(t, err)
	b.Server = httptest.NewServer(b.runner)
	t.Cleanup(func() {
		b.Close()
		require.NoError(t, b.runner.Close(context.Background()))
	})
	return b
}

// install writes component as the handler, long enough ago to be settled.
func (f *folder) install(t testing.TB, component []byte) {
	t.Helper()
	f.write(t, handlerFile, string(component))
	hourAgo := time.Now().Add(-time.Hour)
	require.NoError(t, os.Chtimes(filepath.Join(f.dir, handlerFile), hourAgo, hourAgo))
}

// body gives an execute body for path; edits change its fields by name.
func body(path string, edits ...map[string]any) string {
	all := map[string]any{
		"context": map[string]any{
			"tenant_id": testTenant, "extension_id": testExtension, "install_id": "i1", "content_hash": testHash,
			"config": map[string]string{},
		},
		"http":      map[string]any{"method": "GET", "path": path},
		"limits":    map[string]any{"timeout_ms": 20000},
		"providers": []string{},
	}
	for _, edit := range edits {
		for name, value := range edit {
			all[name] = value
		}
	}
	data, err := json.Marshal(all)
	if err != nil {
		panic(err)
	}
	return string(data)
}

func (b *bench) post(t testing.TB, body string, headers ...string) reply {
	t.Helper()
	headers = append([]string{"Content-Type", "application/json", "X-Alga-Tenant", testTenant, "X-Alga-Extension", testExtension}, headers...)
	return send(t, b.Server, http.MethodPost, "/v1/execute", body, headers...)
}

// execute posts body and gives the envelope.
func (b *bench) execute(t testing.TB, body string, headers ...string) envelope {
	t.Helper()
	return b.post(t, body, headers...).envelope(t)
}

func (r reply) envelope(t testing.TB) envelope {
	t.Helper()
	require.Equal(t, http.StatusOK, r.StatusCode, r.body)
	assert.Equal(t, "application/json", r.Header.Get("Content-Type"))
	assert.Equal(t, noStore, r.Header.Get("Cache-Control"))
	decoder := json.NewDecoder(strings.NewReader(r.body))
	decoder.DisallowUnknownFields()
	var e envelope
	require.NoError(t, decoder.Decode(&e))
	for _, field := range []string{`"status":`, `"headers":{`, `"body_b64":`, `"error":`} {
		require.Contains(t, r.body, field)
	}
	return e
}

func (e envelope) assertFailed(t *testing.T, status uint16, message string) {
	t.Helper()
	assert.Equal(t, status, e.Status)
	assert.Nil(t, e.Body)
	assert.Empty(t, e.Headers)
	require.NotNil(t, e.Error)
	assert.Contains(t, *e.Error, message)
}

// Interface guard.
var _ io.Writer = (*logLines)(nil)

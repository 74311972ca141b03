package engine

import (
	"bytes"
	"context"
	"io/fs"
	"log/slog"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/same-origin/devproxy/caddymodule/internal/backend"
	"github.com/same-origin/devproxy/caddymodule/runner/guest/guesttest"
	"github.com/same-origin/devproxy/caddymodule/runnerstatus"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func newEngine(t *testing.T) *Engine {
	t.Helper()
	t.TempDir() // removed last: a runner that is asked how it is writes to its cache
	e := New()
	t.Cleanup(func() { assert.NoError(t, e.Close()) })
	return e
}

func settings(t *testing.T) Settings {
	t.Helper()
	return Settings{
		StateDir: t.TempDir(), CacheDir: t.TempDir(), Default: "embedded", GatewayTimeout: time.Minute,
		Backends: map[string]backend.Config{"embedded": {Name: "embedded", Kind: backend.Embedded}},
	}
}

func folder(t *testing.T, wasm []byte) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range map[string][]byte{
		"manifest.json":  []byte(`{"name":"x","publisher":"acme","version":"1.0.0","runtime":"wasm-js@1","ui":{"type":"iframe","entry":"ui/index.html"},"api":{"endpoints":[]}}`),
		"ui/index.html":  []byte("the UI"),
		"dist/main.wasm": wasm,
	} {
		if content == nil {
			continue
		}
		require.NoError(t, os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755))
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), content, 0o644))
	}
	return dir
}

// probe asks the selected backend.
func probe(t *testing.T, e *Engine) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	require.NoError(t, e.Selector().Wait(ctx))
	b, release := e.Selector().Acquire(nil)
	defer release()
	return b.Probe(ctx)
}

func TestApply_twice_does_nothing_the_second_time(t *testing.T) {
	e, s := newEngine(t), settings(t)
	s.Extensions = []Extension{{Dir: folder(t, nil), Tenant: "t"}}
	require.NoError(t, e.Apply(s))
	require.NoError(t, probe(t, e))
	run, b, l := e.embedded.Load(), e.Selector().Current(), e.loaded()[0].loop
	require.NoError(t, e.Apply(s))
	assert.Same(t, run, e.embedded.Load())
	assert.Same(t, b, e.Selector().Current())
	assert.Same(t, l, e.loaded()[0].loop)
}

func TestApply_replaces_the_embedded_runner_when_its_settings_change(t *testing.T) {
	e, s := newEngine(t), settings(t)
	require.NoError(t, e.Apply(s))
	old, oldRun := e.Selector().Current(), e.embedded.Load()
	s.ServiceToken = "token-2"
	require.NoError(t, e.Apply(s))
	assert.NotSame(t, old, e.Selector().Current())
	assert.NoError(t, probe(t, e), "the new one knows the new token")
	select {
	case <-oldRun.served:
	case <-time.After(10 * time.Second):
		t.Fatal("the old runner still serves")
	}
	assert.Eventually(t, func() bool { _, err := os.Stat(oldRun.socket); return os.IsNotExist(err) }, 10*time.Second, time.Millisecond)
}

func TestApply_keeps_what_runs_when_the_change_cannot_be_had(t *testing.T) {
	e, s := newEngine(t), settings(t)
	require.NoError(t, e.Apply(s))
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	broken := s
	broken.StateDir = filepath.Join(file, "state")
	assert.ErrorContains(t, e.Apply(broken), "starting the embedded runner: making the state folder")
	assert.NoError(t, probe(t, e), "the last good one goes on")
	assert.Contains(t, e.Snapshot("").Error, "making the state folder")
	require.NoError(t, e.Apply(s))
	assert.Empty(t, e.Snapshot("").Error)
}

func TestApply_of_an_unknown_default_names_the_known_ones(t *testing.T) {
	e, s := newEngine(t), settings(t)
	s.Default = "docker"
	assert.ErrorContains(t, e.Apply(s), `selecting backend "docker": there is none of that name; known: [embedded]`)
	assert.ErrorIs(t, e.Select("docker"), ErrUnknownBackend)
}

func TestApply_without_the_embedded_backend_ends_its_runner(t *testing.T) {
	e, s := newEngine(t), settings(t)
	require.NoError(t, e.Apply(s))
	run := e.embedded.Load()
	base, err := url.Parse("http://127.0.0.1:1")
	require.NoError(t, err)
	s.Backends = map[string]backend.Config{"other": {Name: "other", Kind: backend.URL, BaseURL: base}}
	s.Default = "other"
	require.NoError(t, e.Apply(s))
	assert.Nil(t, e.embedded.Load())
	<-run.served
}

func TestClose_leaves_no_socket_and_ends_what_runs(t *testing.T) {
	e, s := New(), settings(t)
	s.Extensions = []Extension{{Dir: folder(t, []byte("no component")), Tenant: "t"}}
	require.NoError(t, e.Apply(s))
	e.Snapshot("")
	require.NoError(t, e.Close())
	require.NoError(t, filepath.WalkDir(s.StateDir, func(path string, _ fs.DirEntry, err error) error {
		assert.NotContains(t, path, "runner.sock")
		return err
	}))
	assert.ErrorContains(t, e.Apply(s), "the engine is closed")
	assert.NoError(t, e.Close(), "twice is once")
}

func TestEmbedded_serves_the_folder_as_it_is_now(t *testing.T) {
	e, s := newEngine(t), settings(t)
	dir := folder(t, nil)
	s.Extensions = []Extension{{Dir: dir, Tenant: "t", Secrets: map[string]string{"k": "v"}}}
	require.NoError(t, e.Apply(s))
	found, ok := e.Installed("acme.x")
	require.True(t, ok)
	same, ok := e.Installed(found.InstallID)
	require.True(t, ok)
	assert.Equal(t, found, same)
	_, ok = e.Installed("acme.y")
	assert.False(t, ok)

	w := httptest.NewRecorder()
	request := httptest.NewRequest("GET", "/ext-ui/acme.x/"+found.Hash+"/index.html", nil)
	require.NoError(t, e.Selector().Current().Serve(w, request, backend.Options{}))
	assert.Equal(t, "the UI", w.Body.String())
	assert.Equal(t, "no-store", w.Header().Get("Cache-Control"))
}

func TestHandlerStatus_tells_what_the_handler_lacks(t *testing.T) {
	for name, c := range map[string]struct {
		wasm   []byte
		status string
		says   string
	}{
		"no file":        {nil, "missing", "dist/main.wasm does not exist in "},
		"no WebAssembly": {[]byte("#!/bin/sh"), "unsupported", "this is not WebAssembly"},
		"a core module":  {[]byte("\x00asm\x01\x00\x00\x00"), "unsupported", "not a component"},
		"a component":    {guesttest.Component(t, "limits"), "ready", ""},
	} {
		t.Run(name, func(t *testing.T) {
			e, s := newEngine(t), settings(t)
			s.CacheDir = filepath.Dir(guesttest.CacheDir(t)) // compiled once for all tests
			s.Extensions = []Extension{{Dir: folder(t, c.wasm), Tenant: "t"}}
			require.NoError(t, e.Apply(s))
			require.EventuallyWithT(t, func(w *assert.CollectT) {
				handler := e.Snapshot("").Extensions[0].Handler
				assert.Equal(w, c.status, handler.Status, handler.Message)
				assert.Contains(w, handler.Message, c.says)
				assert.Equal(w, c.status == "ready", handler.Fix == "")
			}, 3*time.Minute, 5*time.Millisecond)
		})
	}
}

func TestLogger_follows_the_config_that_is_in_force(t *testing.T) {
	e := newEngine(t)
	derived := e.log.With("backend", "a").WithGroup("g")
	var first, second bytes.Buffer
	e.SetLogger(slog.New(slog.NewTextHandler(&first, nil)))
	derived.Info("one", "k", "v")
	e.SetLogger(slog.New(slog.NewTextHandler(&second, nil)))
	derived.Info("two", "k", "v")
	assert.Contains(t, first.String(), "msg=one backend=a g.k=v")
	assert.Contains(t, second.String(), "msg=two backend=a g.k=v")
	assert.NotContains(t, first.String(), "two")
}

func TestSnapshot_shows_no_password_of_a_backend(t *testing.T) {
	e, s := newEngine(t), settings(t)
	base, err := url.Parse("http://user:hunter2@127.0.0.1:1")
	require.NoError(t, err)
	s.Backends["other"] = backend.Config{Name: "other", Kind: backend.URL, BaseURL: base}
	require.NoError(t, e.Apply(s))
	for _, b := range e.Snapshot("").Backends {
		assert.NotContains(t, b.BaseURL, "hunter2")
	}
	assert.True(t, strings.HasPrefix(e.Snapshot("").Backends[1].BaseURL, "http://user:"))
}

func statusOf(e *Engine, name string) runnerstatus.Backend {
	for _, b := range e.Snapshot("").Backends {
		if b.Name == name {
			return b
		}
	}
	return runnerstatus.Backend{}
}

package loop

import (
	"context"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/same-origin/devproxy/caddymodule/internal/event"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const manifest = `{"name":"x","publisher":"acme","version":"1.0.0","runtime":"wasm-js@1","ui":{"type":"iframe","entry":"ui/index.html"},"api":{"endpoints":[]}}`

// fixture is a folder, its loop, and what the loop says.
type fixture struct {
	t      *testing.T
	dir    string
	events *event.Subscription
	loop   *Loop

	mu      sync.Mutex
	answers func(context.Context, Candidate) []event.Problem // of Prepare
	source  error
}

// plainFiles are an extension without a handler.
var plainFiles = map[string]string{"manifest.json": manifest, "ui/index.html": "<h1>one</h1>", "ui/style.css": "h1 { color: red }"}

func start(t *testing.T, files map[string]string, change ...func(*fixture, *Options)) *fixture {
	t.Helper()
	f := &fixture{t: t, dir: t.TempDir()}
	for name, content := range files {
		f.write(name, content)
	}
	options := Options{CacheDir: t.TempDir(), Watch: WatchOn, Source: SourceOn, History: 5}
	for _, c := range change {
		c(f, &options)
	}
	var bus event.Bus
	f.events = bus.Subscribe(1000)
	loop, err := Start(t.Context(), f.dir, options, Hooks{
		Bus: &bus, Log: slog.New(slog.DiscardHandler),
		SourceMode: func(string) error { return f.source },
		Prepare: func(ctx context.Context, c Candidate) Verdict {
			f.mu.Lock()
			answers := f.answers
			f.mu.Unlock()
			if answers == nil {
				return Verdict{}
			}
			return Verdict{Problems: answers(ctx, c)}
		},
	})
	require.NoError(t, err)
	t.Cleanup(func() { loop.Close(); bus.Close() })
	f.loop = loop
	return f
}

// write saves a file whole: on a busy machine there is time between cutting it
// off and writing it, and a test would be told of the empty file.
func (f *fixture) write(name, content string) {
	f.t.Helper()
	path, beside := filepath.Join(f.dir, name), f.dir+".saving"
	require.NoError(f.t, os.MkdirAll(filepath.Dir(path), 0o755))
	require.NoError(f.t, os.WriteFile(beside, []byte(content), 0o644))
	require.NoError(f.t, os.Rename(beside, path))
}

func (f *fixture) reads(name string) string {
	f.t.Helper()
	content, err := os.ReadFile(filepath.Join(f.dir, name))
	require.NoError(f.t, err)
	return string(content)
}

func (f *fixture) prepare(answers func(context.Context, Candidate) []event.Problem) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.answers = answers
}

// next waits for an event of type E that matches.
func next[E event.Event](f *fixture, matches func(E) bool) E {
	f.t.Helper()
	timeout := time.After(20 * time.Second)
	for {
		select {
		case e := <-f.events.Events():
			if one, ok := e.(E); ok && matches(one) {
				return one
			}
		case <-timeout:
			var none E
			require.Failf(f.t, "no such event", "%T", none)
		}
	}
}

func anyOf[E event.Event](E) bool { return true }

// shown leaves out what only tells again what is published already.
func shown(p event.Published) bool { return p.Scope != event.None }

// serves is what answers for a file now.
func (f *fixture) serves(name string) string {
	f.t.Helper()
	content, err := fs.ReadFile(f.loop.State().Bundle.Files(), name)
	if err != nil {
		return err.Error()
	}
	return string(content)
}

package standalone

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience bounds what a test waits for on a busy machine.
const patience = 60 * time.Second

// logLines is a log that a test reads while it is being written.
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

func (l *logLines) count(what string) int { return strings.Count(l.String(), what) }

// write puts a file below dir.
func write(t testing.TB, dir, name, content string) {
	t.Helper()
	path := filepath.Join(dir, name)
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
	require.NoError(t, os.WriteFile(path, []byte(content), 0o644))
}

// addExtension puts an extension with a UI below dir.
func addExtension(t testing.TB, dir, name string) {
	t.Helper()
	write(t, dir, "manifest.json", `{"name":"`+name+`","publisher":"acme","version":"1.0.0","runtime":"wasm-js@1","ui":{"type":"iframe","entry":"ui/index.html"}}`)
	write(t, dir, "ui/index.html", "<title>"+name+"</title>")
}

// served is a runner that answers until the test, or stop, ends it.
type served struct {
	url   string
	log   *logLines
	order context.CancelFunc // to stop
	ended chan struct{}
	err   error // what Serve returned, once ended is closed
}

func serve(t testing.TB, settings Settings) *served {
	t.Helper()
	ctx, order := context.WithCancel(context.Background())
	s := &served{log: &logLines{}, order: order, ended: make(chan struct{})}
	settings.Host = "127.0.0.1"
	if settings.StateDir == "" {
		settings.StateDir = t.TempDir()
	}
	server, err := Open(ctx, settings, slog.New(slog.NewJSONHandler(s.log, nil)))
	require.NoError(t, err)
	s.url = "http://" + server.Address()
	go func() {
		defer close(s.ended)
		s.err = server.Serve(ctx)
	}()
	t.Cleanup(func() { assert.NoError(t, s.stop(t)) })
	return s
}

// stop gives the order and returns what came of it.
func (s *served) stop(t testing.TB) error {
	t.Helper()
	s.order()
	select {
	case <-s.ended:
		return s.err
	case <-time.After(patience):
		t.Fatal("the runner did not end")
		return nil
	}
}

// get gives status and body.
func (s *served) get(t testing.TB, path string) (int, string) {
	t.Helper()
	resp, err := http.Get(s.url + path)
	require.NoError(t, err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return resp.StatusCode, string(body)
}

// hash is a content hash that nobody's content has.
const hash = "sha256:0000000000000000000000000000000000000000000000000000000000000000"

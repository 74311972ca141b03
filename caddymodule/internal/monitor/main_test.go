package monitor

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/same-origin/devproxy/caddymodule/internal/backend"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// records keeps what is logged, as JSON lines.
type records struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (r *records) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.buf.Write(p)
}

func (r *records) logger() *slog.Logger { return slog.New(slog.NewJSONHandler(r, nil)) }

// of gives the records of a level, decoded.
func (r *records) of(t *testing.T, level string) (found []map[string]any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for line := range bytes.Lines(r.buf.Bytes()) {
		var record map[string]any
		require.NoError(t, json.Unmarshal(line, &record))
		if record["level"] == level {
			found = append(found, record)
		}
	}
	return found
}

// probeOf gives the base URL of a backend at address, and its own probe.
func probeOf(t *testing.T, address string) (string, func(context.Context) error) {
	base, err := url.Parse(address)
	require.NoError(t, err)
	b := backend.New(backend.Config{Name: "dev", Kind: backend.URL, BaseURL: base, ServiceToken: "secret-1"})
	t.Cleanup(b.Close)
	return address, b.Probe
}

func runner(t *testing.T, handler http.HandlerFunc) *httptest.Server {
	s := httptest.NewServer(handler)
	t.Cleanup(s.Close)
	return s
}

func ok(http.ResponseWriter, *http.Request) {}

// refusing is an address at which nobody listens, nor can as long as the test
// runs: it is one end of a connection.
func refusing(t *testing.T) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	conn, err := net.Dial("tcp", ln.Addr().String())
	require.NoError(t, err)
	t.Cleanup(func() { _, _ = conn.Close(), ln.Close() })
	return conn.LocalAddr().String()
}

// freePort is an address at which nobody listens yet.
func freePort(t *testing.T) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, ln.Close())
	return ln.Addr().String()
}

// quick retries without delay that a person would notice.
func quick() Config {
	c := Default()
	c.RetryBaseDelay, c.RetryMaxDelay, c.RetryJitter, c.ProbeInterval = time.Millisecond, time.Millisecond, 0, time.Millisecond
	return c
}

// start runs m until the test ends, and waits for its end.
func start(t *testing.T, m *Monitor) {
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); m.Run(ctx) }()
	t.Cleanup(func() { cancel(); <-done })
}

// until waits for a snapshot of which is holds.
func until(t *testing.T, m *Monitor, is func(Snapshot) bool) Snapshot {
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	for {
		changed := m.Changed()
		if s := m.Snapshot(); is(s) {
			return s
		}
		select {
		case <-changed:
		case <-ctx.Done():
			require.Failf(t, "the state did not come", "last: %+v", m.Snapshot())
		}
	}
}

func isDown(s Snapshot) bool { return s.Status == Down }
func isUp(s Snapshot) bool   { return s.Status == Up }

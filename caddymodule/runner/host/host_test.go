package host

import (
	"bytes"
	"context"
	"log/slog"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/same-origin/devproxy/caddymodule/runner/guest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// errorCases are those of the guest interface.
var errorCases = map[string][]string{
	"secrets":   {"missing", "denied", "expired", "internal"},
	"http":      {"invalid-url", "not-allowed", "transport", "internal"},
	"storage":   {"missing", "conflict", "denied", "internal"},
	"ui-proxy":  {"route-not-found", "denied", "bad-request", "internal"},
	"user":      {"not-available", "not-allowed"},
	"user-v2":   {"not-available", "not-allowed"},
	"scheduler": {"not-found", "validation-failed", "quota-exceeded", "denied", "internal"},
	"clients":   {"not-allowed", "invalid-input", "internal"},
	"services":  {"not-allowed", "invalid-input", "internal"},
}

// withoutError are the functions whose result is not a WIT result.
var withoutError = map[string]bool{
	"context#get-context": true, "secrets#list-keys": true,
	"logging#log-info": true, "logging#log-warn": true, "logging#log-error": true,
	"scheduler#create-schedule": true, "scheduler#update-schedule": true, "scheduler#delete-schedule": true,
	"invoicing#create-manual-invoice": true,
}

// logBuffer collects what is logged; it may be written concurrently.
type logBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

// bench is a platform under test with one invocation that may do everything.
type bench struct {
	t    *testing.T
	host guest.Host
	logs *logBuffer
	*Platform
}

func newBench(t *testing.T, o Options, edit ...func(*Invocation)) *bench {
	t.Helper()
	b := &bench{t: t, logs: &logBuffer{}}
	if o.StateDir == "" {
		o.StateDir = t.TempDir()
	}
	o.Logger = slog.New(slog.NewTextHandler(b.logs, &slog.HandlerOptions{Level: slog.LevelDebug}))
	var err error
	b.Platform, err = New(o)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, b.Close()) })
	inv := allowed()
	for _, e := range edit {
		e(&inv)
	}
	b.host = b.For(inv)
	return b
}

// allowed is an invocation with every capability and an installation.
func allowed() Invocation {
	granted, _ := ParseCapabilities([]string{
		CapSecretsGet, CapHTTPFetch, CapStorageKV, CapUIProxy, CapScheduler,
		CapInvoiceCreate, CapClientRead, CapServiceRead,
	})
	return Invocation{
		Context: guest.Context{RequestID: "req-1", TenantID: "acme", ExtensionID: "hello", InstallID: "inst-1"},
		Granted: granted,
	}
}

func theCall(iface, function string, args ...any) guest.Call {
	call := guest.Call{
		Import: guest.Import{Package: "alga:extension", Interface: iface, Function: function},
		Args:   args,
	}
	if !withoutError[iface+"#"+function] {
		call.ErrorCases = errorCases[iface]
	}
	return call
}

// do calls a function that must not trap.
func (b *bench) do(iface, function string, args ...any) any {
	b.t.Helper()
	answer, err := b.host.Call(context.Background(), theCall(iface, function, args...))
	require.NoError(b.t, err)
	return answer
}

// ok calls a function that must answer with a good result.
func (b *bench) ok(iface, function string, args ...any) any {
	b.t.Helper()
	result, ok := b.do(iface, function, args...).(guest.Result)
	require.True(b.t, ok, "the answer is not a result")
	require.False(b.t, result.Err, "%s#%s answered %v; log:\n%s", iface, function, result.Value, b.logs)
	return result.Value
}

// refusal calls a function that must answer with an error case.
func (b *bench) refusal(iface, function string, args ...any) string {
	b.t.Helper()
	result, ok := b.do(iface, function, args...).(guest.Result)
	require.True(b.t, ok, "the answer is not a result")
	require.True(b.t, result.Err, "%s#%s answered %v", iface, function, result.Value)
	return result.Value.(string)
}

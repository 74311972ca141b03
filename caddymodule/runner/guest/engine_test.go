package guest_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/caddymodule/runner/guest"
	"github.com/same-origin/devproxy/caddymodule/runner/guest/guesttest"
)

// newEngine returns an engine that ends with the test. Its compiled code
// outlives the test run.
func newEngine(t testing.TB) guest.Engine {
	t.Helper()
	engine, err := guest.NewWazero(context.Background(), guest.Options{CacheDir: guesttest.CacheDir(t)})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, engine.Close(context.Background())) })
	return engine
}

func load(t testing.TB, name string) guest.Program {
	t.Helper()
	program, err := newEngine(t).Load(context.Background(), guesttest.Component(t, name))
	require.NoError(t, err)
	return program
}

// hostFunc answers calls by "interface#function"; what it does not have is
// an error.
type hostFunc func(ctx context.Context, call guest.Call) (any, error)

func (f hostFunc) Call(ctx context.Context, call guest.Call) (any, error) { return f(ctx, call) }

// silent answers only log lines, which it drops.
var silent = hostFunc(func(context.Context, guest.Call) (any, error) { return nil, nil })

func get(url string) guest.Request {
	return guest.Request{
		Context: guest.Context{TenantID: "tenant-1", ExtensionID: "extension-1", InstallID: "install-1"},
		HTTP:    guest.HTTPRequest{Method: "GET", URL: url},
	}
}

// limits are generous enough for a slow machine under the race detector.
var limits = guest.Limits{Timeout: time.Minute}

func requireTrap(t *testing.T, err error, kind guest.TrapKind) *guest.TrapError {
	t.Helper()
	var trap *guest.TrapError
	require.ErrorAs(t, err, &trap)
	require.Equal(t, kind, trap.Kind, trap.Message)
	return trap
}

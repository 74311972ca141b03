//go:build unix

package engine

import (
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/caddymodule/internal/backend"
)

func TestApply_holds_nobody_up_while_it_reads_a_CA_file(t *testing.T) {
	e, s := newEngine(t), settings(t)
	require.NoError(t, e.Apply(s))
	server := httptest.NewTLSServer(http.NotFoundHandler())
	t.Cleanup(server.Close)
	base, err := url.Parse(server.URL)
	require.NoError(t, err)
	file := filepath.Join(t.TempDir(), "ca.pem")
	require.NoError(t, syscall.Mkfifo(file, 0o600))
	s.Backends = map[string]backend.Config{
		"embedded": s.Backends["embedded"],
		"knative":  {Name: "knative", Kind: backend.Knative, BaseURL: base, CAFile: file},
	}
	applied := make(chan error, 1)
	go func() { applied <- e.Apply(s) }()
	// opens when somebody reads, who then waits for what is written
	pipe, err := os.OpenFile(file, os.O_WRONLY, 0)
	require.NoError(t, err)
	known := make(chan int, 1)
	go func() { known <- len(e.Snapshot("").Backends) }()
	select {
	case n := <-known:
		assert.Equal(t, 1, n, "what was applied before")
	case <-time.After(time.Minute):
		t.Error("the engine's lock is held while a file is read")
	}
	require.NoError(t, pem.Encode(pipe, &pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}))
	require.NoError(t, pipe.Close())
	require.NoError(t, <-applied)
	knative, _ := e.backendOf("knative")
	assert.NoError(t, knative.Connect(t.Context()))
}

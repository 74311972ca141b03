package stack_test

import (
	"context"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/compose/docker"
	"github.com/same-origin/devproxy/compose/internal/enginetest"
	"github.com/same-origin/devproxy/compose/stack"
)

// withoutContainerd is the engine as it is while its containerd is away: it
// starts nothing, and all else goes on, its events too. It is so as often as
// starts says.
func withoutContainerd(t *testing.T, starts *atomic.Int64) *docker.Engine {
	t.Helper()
	target, ok := strings.CutPrefix(enginetest.Engine(t).Endpoint(), "unix://")
	require.True(t, ok, "the engine is on a unix socket")
	transport := &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", target)
	}}
	t.Cleanup(transport.CloseIdleConnections)
	proxy := &httputil.ReverseProxy{
		Rewrite:       func(r *httputil.ProxyRequest) { r.SetURL(&url.URL{Scheme: "http", Host: "engine"}) },
		FlushInterval: -1, Transport: transport,
	}
	dir, err := os.MkdirTemp("", "dp") //nolint:usetesting // t.TempDir names the test, which is too long for a socket
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(dir)) })
	listener, err := net.Listen("unix", filepath.Join(dir, "s"))
	require.NoError(t, err)
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/start") && starts.Add(-1) >= 0 {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusServiceUnavailable)
			_, _ = w.Write([]byte(`{"message":"connection error: desc = \"transport: Error while dialing dial unix containerd.sock: connect: connection refused\": unavailable"}`))
			return
		}
		proxy.ServeHTTP(w, r)
	})}
	var serving sync.WaitGroup
	serving.Go(func() { _ = server.Serve(listener) })
	t.Cleanup(func() { _ = server.Close(); serving.Wait() })
	engine, err := docker.Connect(enginetest.Context(t), docker.Options{Environ: []string{"DOCKER_HOST=unix://" + listener.Addr().String()}})
	require.NoError(t, err)
	t.Cleanup(func() { _ = engine.Close() })
	return engine
}

func TestAnEngineThatStartsNothingForAWhileIsAskedAgainThoughNoEventSaysSo(t *testing.T) {
	f := newFixture(t)
	var starts atomic.Int64
	s := f.stack(f.runner(""), func(o *stack.Options) { o.Engine = withoutContainerd(t, &starts) })
	ctx := enginetest.Context(t)
	first, err := s.Deploy(ctx)
	require.NoError(t, err)
	statuses, _ := supervised(t, s, stack.Pulse{})
	statuses.await(t, "up", func(v stack.Status) bool { return v.Up })

	starts.Store(3)
	require.NoError(t, f.engine.RemoveContainer(ctx, first.Container))
	statuses.await(t, "an engine that does not start it", func(v stack.Status) bool { return v.Code == "engine_unavailable" })
	statuses.await(t, "up again", func(v stack.Status) bool { return v.Up && v.Generation != first })
	var told []string
	for _, v := range statuses.all() {
		told = append(told, v.Code)
	}
	require.Equal(t, []string{"", "runner_died", "engine_unavailable", ""}, told, "that it is still away is no news")
}

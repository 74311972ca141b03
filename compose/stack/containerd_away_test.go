package stack_test

import (
	"context"
	"encoding/json"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"path"
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

// refusal is what an engine answers to a start.
type refusal struct {
	status int
	text   string
}

// away is the answer of an engine whose containerd is away: it starts nothing,
// and all else goes on, its events too.
var away = refusal{http.StatusServiceUnavailable, `connection error: desc = "transport: Error while dialing dial unix containerd.sock: connect: connection refused": unavailable`}

// stuck is the answer of one whose containerd died while it started a container,
// for that container.
var stuck = refusal{http.StatusInternalServerError, "task 1234: already exists"}

// refusing is the engine of this machine, but that it refuses starts for as long as
// refuses says so of their containers.
func refusing(t *testing.T, with refusal, refuses func(id string) bool) *docker.Engine {
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
		if path.Base(r.URL.Path) == "start" && refuses(path.Base(path.Dir(r.URL.Path))) {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(with.status)
			_ = json.NewEncoder(w).Encode(map[string]string{"message": with.text}) // a client that left needs no answer
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
	s := f.stack(f.runner(""), func(o *stack.Options) { o.Engine = refusing(t, away, func(string) bool { return starts.Add(-1) >= 0 }) })
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

func TestAContainerThatTheEngineNeverStartsAgainIsReplaced(t *testing.T) {
	f := newFixture(t)
	var dead atomic.Pointer[string]
	s := f.stack(f.runner(""), func(o *stack.Options) {
		o.Engine = refusing(t, stuck, func(id string) bool { return dead.Load() != nil && *dead.Load() == id })
	})
	ctx := enginetest.Context(t)
	first, err := s.Deploy(ctx)
	require.NoError(t, err)
	statuses, _ := supervised(t, s, stack.Pulse{})
	statuses.await(t, "up", func(v stack.Status) bool { return v.Up })

	dead.Store(&first.Container)
	require.NoError(t, f.engine.StopContainer(ctx, first.Container, 0))
	up := statuses.await(t, "up again", func(v stack.Status) bool { return v.Up && v.Generation != first })
	require.NotEqual(t, first.Container, up.Generation.Container)
}

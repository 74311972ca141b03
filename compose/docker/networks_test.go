package docker_test

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/compose-spec/compose-go/v2/types"
	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/compose/docker"
	"github.com/same-origin/devproxy/compose/internal/enginetest"
)

// miscounting is the engine of this machine, on a unix socket, but that it says of the next
// networks to be removed, as many as wrong tells, that they are in use.
func miscounting(t *testing.T, right *docker.Engine, wrong *atomic.Int64) *docker.Engine {
	t.Helper()
	socket := strings.TrimPrefix(right.Endpoint(), "unix://")
	transport := &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", socket)
	}}
	t.Cleanup(transport.CloseIdleConnections)
	real := httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: "engine"})
	real.Transport = transport
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodDelete && strings.Contains(r.URL.Path, "/networks/") && wrong.Add(-1) >= 0 {
			inUse(w)
			return
		}
		real.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	engine, err := docker.Connect(t.Context(), docker.Options{Environ: []string{"DOCKER_HOST=" + strings.Replace(server.URL, "http", "tcp", 1)}})
	require.NoError(t, err)
	t.Cleanup(func() { _ = engine.Close() })
	return engine
}

func inUse(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusForbidden)
	_, _ = w.Write([]byte(`{"message":"error while removing network: network n id 1 has active endpoints"}`))
}

func TestANetworkThatIsCountedWrongForAMomentIsRemovedAllTheSame(t *testing.T) {
	var wrong atomic.Int64
	right := enginetest.Engine(t)
	engine := miscounting(t, right, &wrong)
	name := enginetest.Project()
	ctx := enginetest.Context(t)
	require.NoError(t, engine.EnsureNetwork(ctx, types.NetworkConfig{Name: name}, nil))
	enginetest.Afterwards(t, func(ctx context.Context) error { return right.RemoveNetwork(ctx, name) })

	wrong.Store(1000)
	err := engine.RemoveNetwork(ctx, name)
	require.ErrorIs(t, err, docker.ErrMiscounted)
	require.Equal(t, docker.CodeInUse, docker.CodeOf(err))

	wrong.Store(2)
	require.NoError(t, engine.RemoveNetwork(ctx, name))
	require.Negative(t, wrong.Load())
	_, err = engine.NetworkLabels(ctx, name)
	require.Equal(t, docker.CodeNetworkNotFound, docker.CodeOf(err))
}

func TestANetworkThatNobodyWaitsForIsNotSaidToBeInUse(t *testing.T) {
	ctx, leave := context.WithCancel(t.Context())
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.Method == http.MethodDelete:
			inUse(w)
		case strings.Contains(r.URL.Path, "/networks/"):
			leave()
			<-r.Context().Done()
		}
	}))
	t.Cleanup(server.Close)
	engine, err := docker.Connect(t.Context(), docker.Options{Environ: []string{"DOCKER_HOST=" + strings.Replace(server.URL, "http", "tcp", 1)}})
	require.NoError(t, err)
	t.Cleanup(func() { _ = engine.Close() })
	err = engine.RemoveNetwork(ctx, "n")
	require.ErrorIs(t, err, context.Canceled)
	require.Empty(t, docker.CodeOf(err))
}

func TestANetworkWithAContainerOnItIsInUse(t *testing.T) {
	engine := enginetest.Engine(t)
	p := project(t, `services: {app: {image: x}}`)
	run(t, engine, docker.ContainerSpec{Project: p, Image: enginetest.Image(t, engine)})
	err := engine.RemoveNetwork(enginetest.Context(t), p.Networks["default"].Name)
	require.Equal(t, docker.CodeInUse, docker.CodeOf(err))
	require.NotErrorIs(t, err, docker.ErrMiscounted)
}

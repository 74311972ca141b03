package docker_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/compose-spec/compose-go/v2/types"
	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/compose/docker"
	"github.com/same-origin/devproxy/compose/internal/enginetest"
)

// miscounting is the engine of this machine, but that it says of the next
// networks to be removed, as many as wrong tells, that they are in use.
func miscounting(t *testing.T, wrong *atomic.Int64) *docker.Engine {
	t.Helper()
	return enginetest.Between(t, func(engine *httputil.ReverseProxy) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodDelete && strings.Contains(r.URL.Path, "/networks/") && wrong.Add(-1) >= 0 {
				inUse(w)
				return
			}
			engine.ServeHTTP(w, r)
		})
	})
}

func inUse(w http.ResponseWriter) {
	enginetest.Refuse(w, http.StatusForbidden, "error while removing network: network n id 1 has active endpoints")
}

func TestANetworkThatIsCountedWrongForAMomentIsRemovedAllTheSame(t *testing.T) {
	var wrong atomic.Int64
	right := enginetest.Engine(t)
	engine := miscounting(t, &wrong)
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

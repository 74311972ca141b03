package stack_test

import (
	"net/http"
	"net/http/httputil"
	"path"
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
	return enginetest.Between(t, func(engine *httputil.ReverseProxy) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if path.Base(r.URL.Path) == "start" && refuses(path.Base(path.Dir(r.URL.Path))) {
				enginetest.Refuse(w, with.status, with.text)
				return
			}
			engine.ServeHTTP(w, r)
		})
	})
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

package stack_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httputil"
	"path"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/compose/internal/enginetest"
	"github.com/same-origin/devproxy/compose/stack"
)

// quick asks often, so that tests do not wait.
var quick = stack.Pulse{Interval: 50 * time.Millisecond, Timeout: 500 * time.Millisecond, Failures: 3}

func TestAGenerationThatHangsIsStoppedAndBroughtBack(t *testing.T) {
	checked := "    healthcheck: {test: [CMD, /app, health], interval: 100ms, timeout: 1s, retries: 2}\n"
	cases := map[string]struct {
		lines  string
		hang   func(*fixture, *stack.Generation) error
		reason string
	}{
		"it is paused": {"", func(f *fixture, g *stack.Generation) error {
			return enginetest.Raw(f.t, f.engine).ContainerPause(enginetest.Context(f.t), g.Container)
		}, "it does not answer: 3 probes in a row failed, the last one with: it is paused"},
		"it is paused, with a health check": {checked, func(f *fixture, g *stack.Generation) error {
			return enginetest.Raw(f.t, f.engine).ContainerPause(enginetest.Context(f.t), g.Container)
		}, "it is paused"},
		"its process is stopped": {"", func(f *fixture, g *stack.Generation) error {
			return enginetest.Raw(f.t, f.engine).ContainerKill(enginetest.Context(f.t), g.Container, "STOP")
		}, "context deadline exceeded"},
		"its process is stopped, with a health check": {checked, func(f *fixture, g *stack.Generation) error {
			return enginetest.Raw(f.t, f.engine).ContainerKill(enginetest.Context(f.t), g.Container, "STOP")
		}, "its health check fails"},
		"its server waits for ever": {"", func(f *fixture, g *stack.Generation) error {
			get(f.t, g, "/slow?ms=3600000")
			return nil
		}, "context deadline exceeded"},
		"it says that it is ill": {"", func(f *fixture, g *stack.Generation) error {
			get(f.t, g, "/sicken")
			return nil
		}, "/healthz answers 503 Service Unavailable"},
		"its health check fails": {checked, func(f *fixture, g *stack.Generation) error {
			get(f.t, g, "/sicken")
			return nil
		}, "its health check fails"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			s := f.stack(f.runner(c.lines), nil)
			statuses, events := supervised(t, s, quick)
			first, err := s.Deploy(enginetest.Context(t))
			require.NoError(t, err)
			statuses.await(t, "up", func(v stack.Status) bool { return v.Up })
			require.NoError(t, c.hang(f, first))
			down := statuses.await(t, "down", func(v stack.Status) bool { return !v.Up })
			require.Equal(t, "runner_hung", down.Code)
			require.Contains(t, down.Reason, c.reason)
			require.Equal(t, 1, down.Attempt)
			back := statuses.await(t, "up again", func(v stack.Status) bool { return v.Up && v.Generation != first })
			events.await(t, "its end", func(e stack.Event) bool { return e.Kind == stack.KindDied && e.Container == first.Container })
			version(t, back.Generation)
			require.Equal(t, map[string]int{"running": 1}, f.census())
		})
	}
}

func TestAGenerationWhoseHealthNoEngineChecksAnyMoreIsAskedItself(t *testing.T) {
	f := newFixture(t)
	var forgotten atomic.Bool
	s := f.stack(f.runner("    healthcheck: {test: [CMD, /app, health], interval: 100ms, timeout: 1s, retries: 2}\n"), func(o *stack.Options) {
		o.Engine = enginetest.Between(t, func(engine *httputil.ReverseProxy) http.Handler {
			engine.ModifyResponse = func(res *http.Response) error {
				if asked := res.Request.URL.Path; !forgotten.Load() || !strings.Contains(asked, "/containers/") || path.Base(asked) != "json" || path.Base(path.Dir(asked)) == "containers" {
					return nil
				}
				return healthyLongAgo(res)
			}
			return engine
		})
	})
	statuses, _ := supervised(t, s, quick)
	first, err := s.Deploy(enginetest.Context(t))
	require.NoError(t, err)
	statuses.await(t, "up", func(v stack.Status) bool { return v.Up })
	forgotten.Store(true)
	require.NoError(t, enginetest.Raw(t, f.engine).ContainerKill(enginetest.Context(t), first.Container, "STOP"))
	down := statuses.await(t, "down", func(v stack.Status) bool { return !v.Up })
	require.Equal(t, "runner_hung", down.Code)
	require.Contains(t, down.Reason, "context deadline exceeded")
	forgotten.Store(false)
	statuses.await(t, "up again", func(v stack.Status) bool { return v.Up && v.Generation != first })
}

// healthyLongAgo makes an inspection what an engine says that was killed and
// found the container running: the last that was known.
func healthyLongAgo(res *http.Response) error {
	defer res.Body.Close()
	var inspection map[string]any
	if err := json.NewDecoder(res.Body).Decode(&inspection); err != nil {
		return err
	}
	inspection["State"].(map[string]any)["Health"] = map[string]any{
		"Status": "healthy", "Log": []any{map[string]any{"End": time.Now().Add(-time.Hour)}},
	}
	text, err := json.Marshal(inspection)
	res.Body, res.ContentLength = io.NopCloser(bytes.NewReader(text)), int64(len(text))
	res.Header.Set("Content-Length", strconv.Itoa(len(text)))
	return err
}

// asked is a probe of /healthz that counts.
func asked(count *atomic.Int64, more chan<- struct{}) func(context.Context, string) error {
	return func(ctx context.Context, address string) error {
		defer func() {
			count.Add(1)
			select {
			case more <- struct{}{}:
			default:
			}
		}()
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+"/healthz", nil)
		if err != nil {
			return err
		}
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			return err
		}
		return response.Body.Close()
	}
}

func TestASlowGenerationIsNotDown(t *testing.T) {
	f := newFixture(t)
	var count atomic.Int64
	more := make(chan struct{}, 1)
	s := f.stack(f.runner(""), func(o *stack.Options) { o.Probe = asked(&count, more) })
	statuses, _ := supervised(t, s, quick)
	live, err := s.Deploy(enginetest.Context(t))
	require.NoError(t, err)
	get(t, live, "/slow?ms=250")
	ctx := enginetest.Context(t)
	for began := count.Load(); count.Load() < began+8; {
		select {
		case <-more:
		case <-ctx.Done():
			t.Fatal("it is not asked")
		}
	}
	for _, v := range statuses.all() {
		require.True(t, v.Up, "%+v", v)
	}
}

func TestAGenerationThatAnswersRequestsIsNotDownWhateverItsHealthCheckSays(t *testing.T) {
	f := newFixture(t)
	s := f.stack(f.runner("    healthcheck: {test: [CMD, /app, health], interval: 100ms, retries: 1}\n"), nil)
	pulse := quick
	var silent atomic.Bool
	looked := newRecorder[bool]()
	pulse.Answered = func() time.Time {
		looked.add(silent.Load())
		if silent.Load() {
			return time.Time{}
		}
		return time.Now()
	}
	statuses, events := supervised(t, s, pulse)
	live, err := s.Deploy(enginetest.Context(t))
	require.NoError(t, err)
	get(t, live, "/sicken")
	events.await(t, "unhealthy", func(e stack.Event) bool { return e.Kind == stack.KindUnhealthy })
	before := len(looked.all())
	looked.await(t, "five more beats", func(bool) bool { return len(looked.all()) > before+5 })
	for _, v := range statuses.all() {
		require.True(t, v.Up, "%+v", v)
	}
	silent.Store(true)
	down := statuses.await(t, "down", func(v stack.Status) bool { return !v.Up })
	require.Equal(t, "its health check fails", down.Reason)
}

func TestAGenerationWhoseHealthCheckIsDisabledIsAskedOnlyAtItsStart(t *testing.T) {
	f := newFixture(t)
	s := f.stack(f.runner("    healthcheck: {disable: true}\n"), nil)
	pulse := quick
	looked := newRecorder[bool]()
	pulse.Answered = func() time.Time {
		looked.add(true)
		return time.Time{}
	}
	statuses, _ := supervised(t, s, pulse)
	live, err := s.Deploy(enginetest.Context(t))
	require.NoError(t, err)
	require.NoError(t, enginetest.Raw(t, f.engine).ContainerPause(enginetest.Context(t), live.Container))
	before := len(looked.all())
	looked.await(t, "ten more beats", func(bool) bool { return len(looked.all()) > before+10 })
	for _, v := range statuses.all() {
		require.True(t, v.Up, "%+v", v)
	}
	require.NoError(t, enginetest.Raw(t, f.engine).ContainerUnpause(enginetest.Context(t), live.Container))
}

func TestTheHealthPathOfTheFileIsProbed(t *testing.T) {
	f := newFixture(t)
	s := f.stack(f.runner("    environment: {NEVER_HEALTHY: 1}\n    x-devproxy: {health: /version}\n"), func(o *stack.Options) { o.StartPeriod = 20 * time.Second })
	_, err := s.Deploy(enginetest.Context(t))
	require.NoError(t, err)
}

package stack_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/compose/internal/enginetest"
	"github.com/same-origin/devproxy/compose/stack"
)

// supervised is what a supervisor reports, running until the test ends.
func supervised(t *testing.T, s *stack.Stack, pulse stack.Pulse) (*recorder[stack.Status], *recorder[stack.Event]) {
	t.Helper()
	statuses, events := newRecorder[stack.Status](), newRecorder[stack.Event]()
	supervisor := &stack.Supervisor{Stack: s, Policy: fast, Pulse: pulse, Report: statuses.add, Events: events.add}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- supervisor.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		require.NoError(t, <-done)
	})
	return statuses, events
}

// fast restarts without making tests wait.
var fast = stack.Policy{Initial: 10 * time.Millisecond, Max: 20 * time.Millisecond, Attempts: 3}

func TestADeadGenerationIsBroughtBack(t *testing.T) {
	cases := map[string]struct {
		end    func(*fixture, *stack.Generation) error
		reason string
	}{
		"it exits": {func(_ *fixture, g *stack.Generation) error {
			if response, err := http.Get("http://" + g.Address + "/exit?code=3"); err == nil {
				return response.Body.Close()
			}
			return nil // the connection ends with the process
		}, "it exited with code 3"},
		"it is stopped": {func(f *fixture, g *stack.Generation) error {
			return f.engine.StopContainer(enginetest.Context(f.t), g.Container, -1)
		}, "it exited with code 0"},
		"it is killed": {func(f *fixture, g *stack.Generation) error {
			return f.engine.StopContainer(enginetest.Context(f.t), g.Container, 0)
		}, "it was ended by signal 9 (exit code 137)"},
		"it is removed": {func(f *fixture, g *stack.Generation) error {
			return f.engine.RemoveContainer(enginetest.Context(f.t), g.Container)
		}, "it was removed"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t)
			lines := "    environment: {VERSION: one}\n"
			if name == "it is killed" {
				lines = "    environment: {VERSION: one, IGNORE_TERM: 1}\n"
			}
			s := f.stack(f.runner(lines), nil)
			statuses, events := supervised(t, s, stack.Pulse{})
			first, err := s.Deploy(enginetest.Context(t))
			require.NoError(t, err)
			statuses.await(t, "up", func(v stack.Status) bool { return v.Up })
			require.NoError(t, c.end(f, first))
			down := statuses.await(t, "down", func(v stack.Status) bool { return !v.Up })
			require.Contains(t, []string{c.reason, "it was ended by signal 9 (exit code 137)"}, down.Reason)
			require.Equal(t, "runner_died", down.Code)
			require.Equal(t, 1, down.Attempt)
			back := statuses.await(t, "up again", func(v stack.Status) bool { return v.Up && v.Generation != first })
			require.Equal(t, "one", version(t, back.Generation))
			events.await(t, "its death", func(e stack.Event) bool {
				return e.Kind == stack.KindDied && e.Container == first.Container
			})
			require.Equal(t, map[string]int{"running": 1}, f.census())
		})
	}
}

func TestAGenerationThatSomebodyElseHasRestartedIsFollowedToItsNewPort(t *testing.T) {
	f := newFixture(t)
	// its own health check does not notice: it asks inside of the container
	s := f.stack(f.runner("    environment: {VERSION: one}\n    healthcheck: {test: [CMD, /app, health], interval: 100ms}\n"), nil)
	first, err := s.Deploy(enginetest.Context(t))
	require.NoError(t, err)
	require.NoError(t, f.engine.StopContainer(enginetest.Context(t), first.Container, 0))
	require.NoError(t, f.engine.StartContainer(enginetest.Context(t), first.Container))
	// nobody looked meanwhile
	statuses, _ := supervised(t, s, stack.Pulse{})
	back := statuses.await(t, "up again", func(v stack.Status) bool { return v.Up && v.Generation.Address != first.Address })
	require.Equal(t, "one", version(t, back.Generation))
	require.Equal(t, first.Container, back.Generation.Container)
	require.Equal(t, first.Number, back.Generation.Number)
	require.Equal(t, map[string]int{"running": 1}, f.census())
}

func TestAGenerationThatDiesAgainAndAgainIsGivenUp(t *testing.T) {
	f := newFixture(t)
	s := f.stack(f.runner("    environment: {EXIT_AFTER_MS: 1500, EXIT_CODE: 9}\n"), nil)
	statuses, _ := supervised(t, s, stack.Pulse{})
	first, err := s.Deploy(enginetest.Context(t))
	require.NoError(t, err)
	gone := statuses.await(t, "giving up", func(v stack.Status) bool { return v.GivenUp })
	require.Equal(t, "it exited with code 9", gone.Reason)
	require.Contains(t, gone.Fix, "deploy it again")
	var attempts []int
	for _, v := range statuses.all() {
		if !v.Up && !v.GivenUp {
			attempts = append(attempts, v.Attempt)
		}
	}
	require.Equal(t, []int{1, 2, 3}, attempts)
	second, err := s.Deploy(enginetest.Context(t))
	require.NoError(t, err)
	statuses.await(t, "a new generation", func(v stack.Status) bool { return v.Up && v.Generation == second })
	require.NotEqual(t, first.Number, second.Number)
}

func TestAGenerationThatRanOutOfMemorySaysSo(t *testing.T) {
	f := newFixture(t)
	s := f.stack(f.runner("    mem_limit: 24m\n    memswap_limit: 24m\n"), nil)
	statuses, events := supervised(t, s, stack.Pulse{})
	live, err := s.Deploy(enginetest.Context(t))
	require.NoError(t, err)
	if response, err := http.Get("http://" + live.Address + "/eat"); err == nil {
		response.Body.Close()
	}
	down := statuses.await(t, "down", func(v stack.Status) bool { return !v.Up })
	require.Equal(t, "it ran out of memory and was killed (raise `mem_limit`)", down.Reason)
	died := events.await(t, "death", func(e stack.Event) bool { return e.Kind == stack.KindDied })
	require.True(t, died.OOMKilled)
	require.Equal(t, 137, died.ExitCode)
	statuses.await(t, "up again", func(v stack.Status) bool { return v.Up && v.Generation != live })
}

func TestHealthThatChangesIsReported(t *testing.T) {
	f := newFixture(t)
	s := f.stack(f.runner("    healthcheck: {test: [CMD, /app, health], interval: 100ms, retries: 1}\n"), nil)
	_, events := supervised(t, s, stack.Pulse{})
	live, err := s.Deploy(enginetest.Context(t))
	require.NoError(t, err)
	events.await(t, "healthy", func(e stack.Event) bool { return e.Kind == stack.KindHealthy })
	get(t, live, "/sicken")
	sick := events.await(t, "unhealthy", func(e stack.Event) bool { return e.Kind == stack.KindUnhealthy })
	require.Equal(t, live.Container, sick.Container)
	require.Equal(t, "runner", sick.Service)
	require.Equal(t, 1, sick.Generation)
}

func TestTheDelayGrowsToItsCapAndEnds(t *testing.T) {
	policy := stack.Policy{Initial: time.Second, Factor: 3, Max: 5 * time.Second, Attempts: 4}
	for attempt, want := range []time.Duration{time.Second, 3 * time.Second, 5 * time.Second, 5 * time.Second} {
		delay, more := policy.Delay(attempt)
		require.True(t, more)
		require.Equal(t, want, delay)
	}
	_, more := policy.Delay(4)
	require.False(t, more)
	delay, more := stack.Policy{}.Delay(0)
	require.True(t, more)
	require.Equal(t, 200*time.Millisecond, delay)
}

package stack_test

import (
	"cmp"
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/compose/internal/enginetest"
	"github.com/same-origin/devproxy/compose/stack"
)

func TestADeploymentReplacesTheGenerationBeforeIt(t *testing.T) {
	f := newFixture(t)
	var promoted []int
	s := f.stack(f.runner("    environment: {VERSION: one}\n"), func(o *stack.Options) {
		o.Promote = func(_ context.Context, g *stack.Generation) error {
			promoted = append(promoted, g.Number)
			require.Equal(t, "one", version(t, g))
			return nil
		}
	})
	ctx := enginetest.Context(t)
	first, err := s.Deploy(ctx)
	require.NoError(t, err)
	second, err := s.Deploy(ctx)
	require.NoError(t, err)
	require.Equal(t, []int{1, 2}, promoted)
	require.NotEqual(t, first.Address, second.Address)
	require.Same(t, second, s.Live())
	s.Settle()
	require.Equal(t, map[string]int{"running": 1}, f.census())
	members, err := s.Ps(ctx)
	require.NoError(t, err)
	require.Len(t, members, 1)
	require.Equal(t, f.name+"-runner-2", members[0].Name)
	require.True(t, members[0].Live)
	require.True(t, members[0].Ours)
	third, err := s.Deploy(ctx)
	require.NoError(t, err)
	found, err := f.engine.Inspect(ctx, third.Container)
	require.NoError(t, err)
	require.Equal(t, f.name+"-runner-1", found.Name, "names go back and forth, so that they do not grow")
}

func TestAnUnhealthyGenerationLeavesTheOldOneServing(t *testing.T) {
	cases := map[string]struct {
		lines, reason string
		period        time.Duration // long where the failure itself ends it; default: 1 s
	}{
		"it never answers":           {"    environment: {VERSION: two, LINES: 3, NEVER_HEALTHY: 1}\n", "it did not get healthy within 1s: GET", 0},
		"it exits":                   {"    environment: {VERSION: two, LINES: 3, NEVER_HEALTHY: 1, EXIT_AFTER_MS: 50, EXIT_CODE: 7}\n", "it exited with code 7", 30 * time.Second},
		"its own check fails":        {"    environment: {VERSION: two, LINES: 3, NEVER_HEALTHY: 1}\n    healthcheck: {test: [CMD, /app, health], interval: 100ms, retries: 2}\n", "its health check fails", 30 * time.Second},
		"its program is not there":   {"    entrypoint: [/nothing]\n", "the image has no such program", 0},
		"its health check is slow":   {"    environment: {VERSION: two, LINES: 3, NEVER_HEALTHY: 1}\n    healthcheck: {test: [CMD, /app, health], interval: 30s}\n", "its health check exits with code 1", 5 * time.Second},
		"it ignores the stop signal": {"    environment: {VERSION: two, LINES: 3, NEVER_HEALTHY: 1, IGNORE_TERM: 1}\n", "it did not get healthy", 0},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t)
			ctx := enginetest.Context(t)
			old, err := f.stack(f.runner("    environment: {VERSION: one}\n"), nil).Deploy(ctx)
			require.NoError(t, err)
			s := f.stack(f.runner(c.lines), func(o *stack.Options) { o.StartPeriod = cmp.Or(c.period, time.Second) })
			_, err = s.Adopt(ctx)
			require.NoError(t, err)
			_, err = s.Deploy(ctx)
			require.ErrorContains(t, err, c.reason)
			var unhealthy *stack.UnhealthyError
			if errors.As(err, &unhealthy) {
				require.Equal(t, "generation_unhealthy", unhealthy.Code())
				require.Contains(t, err.Error(), "\n  | two line 3", "its last words are shown")
				require.Contains(t, err.Error(), "starting service runner (generation 2): ")
			}
			require.Equal(t, old.Container, s.Live().Container)
			require.Equal(t, "one", version(t, s.Live()))
			require.Equal(t, map[string]int{"running": 1}, f.census())
		})
	}
}

func TestAHealthCheckWithALongIntervalDoesNotHoldUpADeployment(t *testing.T) {
	f := newFixture(t)
	s := f.stack(f.runner("    healthcheck: {test: [CMD, /app, health], interval: 5m, start_interval: 1s}\n"), func(o *stack.Options) {
		o.StartPeriod = 20 * time.Second
		o.Probe = func(context.Context, string) error { return errors.New("not asked where there is a health check") }
	})
	_, err := s.Deploy(enginetest.Context(t))
	require.NoError(t, err)
}

func TestARefusedHandOverKeepsTheOldGeneration(t *testing.T) {
	f := newFixture(t)
	refuse := false
	s := f.stack(f.runner(""), func(o *stack.Options) {
		o.Promote = func(context.Context, *stack.Generation) error {
			if refuse {
				return errors.New("not now")
			}
			return nil
		}
	})
	ctx := enginetest.Context(t)
	old, err := s.Deploy(ctx)
	require.NoError(t, err)
	refuse = true
	_, err = s.Deploy(ctx)
	require.EqualError(t, err, "handing the traffic to generation 2: not now")
	require.Same(t, old, s.Live())
	require.Equal(t, map[string]int{"running": 1}, f.census())
}

func TestASupersededDeploymentLeavesNothing(t *testing.T) {
	f := newFixture(t)
	ctx, cancel := context.WithCancel(enginetest.Context(t))
	s := f.stack(f.runner("    environment: {NEVER_HEALTHY: 1}\n"), func(o *stack.Options) {
		o.Probe = func(context.Context, string) error {
			cancel()
			return errors.New("not yet")
		}
	})
	_, err := s.Deploy(ctx)
	require.ErrorIs(t, err, context.Canceled)
	require.Empty(t, f.census())
}

func TestAFixedNameAndAFixedPortDoNotStandInTheWay(t *testing.T) {
	f := newFixture(t)
	fixed := f.name + "-fixed"
	s := f.stack(f.runner("    container_name: "+fixed+"\n    ports: ['127.0.0.1:39517:8080']\n"), nil)
	require.Equal(t, []string{"127.0.0.1:39517"}, s.HostPorts())
	ctx := enginetest.Context(t)
	for range 3 {
		made, err := s.Deploy(ctx)
		require.NoError(t, err)
		require.False(t, strings.HasSuffix(made.Address, ":39517"))
		found, err := f.engine.Inspect(ctx, fixed)
		require.NoError(t, err)
		require.Equal(t, made.Container, found.ID)
	}
	s.Settle()
	require.Equal(t, map[string]int{"running": 1}, f.census())
}

func TestTwoProjectsRunSideBySide(t *testing.T) {
	one, two := newFixture(t), newFixture(t)
	ctx := enginetest.Context(t)
	first, err := one.stack(one.runner("    environment: {VERSION: one}\n    ports: ['39518:8080']\n"), nil).Deploy(ctx)
	require.NoError(t, err)
	s := two.stack(two.runner("    environment: {VERSION: two}\n    ports: ['39518:8080']\n"), nil)
	second, err := s.Deploy(ctx)
	require.NoError(t, err)
	require.Equal(t, "one", version(t, first))
	require.Equal(t, "two", version(t, second))
	require.NoError(t, s.Down(ctx, true))
	require.Equal(t, "one", version(t, first))
	require.Empty(t, two.census())
}

func TestAnOldGenerationThatIgnoresItsSignalIsKilledAfterItsGrace(t *testing.T) {
	f := newFixture(t)
	s := f.stack(f.runner("    environment: {IGNORE_TERM: 1}\n"), nil)
	ctx := enginetest.Context(t)
	_, err := s.Deploy(ctx)
	require.NoError(t, err)
	_, err = s.Deploy(ctx)
	require.NoError(t, err)
	s.Settle()
	require.Equal(t, map[string]int{"running": 1}, f.census())
}

func TestARunnerThatCannotBeReplacedIsRefused(t *testing.T) {
	f := newFixture(t)
	loaded := f.load(f.runner("    network_mode: host\n"))
	_, err := stack.New(stack.Options{Engine: f.engine, Project: loaded, Instance: f.name, Runner: "runner"})
	require.ErrorContains(t, err, `network_mode "host"`)
	_, err = stack.New(stack.Options{Engine: f.engine, Project: loaded, Instance: f.name, Runner: "other"})
	require.ErrorContains(t, err, `no enabled service "other"`)
}

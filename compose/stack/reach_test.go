package stack_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/compose/docker"
	"github.com/same-origin/devproxy/compose/internal/enginetest"
	"github.com/same-origin/devproxy/compose/stack"
)

func TestAnEngineOnAnotherMachineNeedsAPortThatIsPublishedThere(t *testing.T) {
	engine, host := enginetest.Elsewhere(t)
	for _, ports := range []string{"", "    ports: [\"127.0.0.1:8085:8080\"]\n"} {
		f := newFixture(t)
		s := f.stack(f.runner(ports), func(o *stack.Options) { o.Engine = engine })
		_, err := s.Deploy(enginetest.Context(t))
		require.Equal(t, docker.CodeRemote, docker.CodeOf(err))
		require.ErrorContains(t, err, "publishing port 8080 of service runner: the engine is on "+host)
		require.ErrorContains(t, err, "add `ports: [\"8080\"]`")
		require.Empty(t, f.census())
	}
}

func TestAPortThatIsPublishedOnAnotherMachineIsReachedThere(t *testing.T) {
	engine, host := enginetest.Elsewhere(t)
	f := newFixture(t)
	s := f.stack(f.runner("    ports: [\"8080\"]\n    environment: {VERSION: far}\n"), func(o *stack.Options) { o.Engine = engine })
	live, err := s.Deploy(enginetest.Context(t))
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(live.Address, host+":"), live.Address)
	require.Equal(t, "far", version(t, live))
}

func TestAHealthyGenerationWhosePortIsNotReachedGetsNoTraffic(t *testing.T) {
	f := newFixture(t)
	s := f.stack(f.runner("    healthcheck: {test: [CMD, /app, health], interval: 100ms}\n"), func(o *stack.Options) {
		o.StartPeriod = 3 * time.Second
		o.Port = 9999 // nothing listens on it
		o.Promote = func(context.Context, *stack.Generation) error {
			t.Error("it was given traffic")
			return nil
		}
	})
	_, err := s.Deploy(enginetest.Context(t))
	require.Equal(t, docker.CodePortUnreachable, docker.CodeOf(err))
	require.Empty(t, f.census())
}

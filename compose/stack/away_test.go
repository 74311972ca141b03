package stack_test

import (
	"fmt"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/compose/internal/enginetest"
	"github.com/same-origin/devproxy/compose/stack"
)

func TestWhatHappensWhileTheEngineIsAwayIsFoundOnItsReturn(t *testing.T) {
	f := newFixture(t)
	line, far := enginetest.NewLine(t)
	s := f.stack(f.runner("")+"  side: {image: "+f.image+"}\n", func(o *stack.Options) { o.Engine = far })
	ctx := enginetest.Context(t)
	require.NoError(t, s.Up(ctx))
	first := s.Live()
	statuses, events := supervised(t, s, stack.Pulse{})
	statuses.await(t, "up", func(v stack.Status) bool { return v.Up })
	events.await(t, "the first look", func(e stack.Event) bool { return e.Container == first.Container })

	line.Cut()
	lost := events.await(t, "the loss", func(e stack.Event) bool { return e.Kind == stack.KindEngineLost })
	require.Error(t, lost.Err)
	down := statuses.await(t, "down", func(v stack.Status) bool { return !v.Up })
	require.Equal(t, "engine_unavailable", down.Code)
	require.Contains(t, down.Fix, "start it")
	require.NoError(t, f.engine.RemoveContainer(ctx, first.Container))
	line.Mend()

	events.await(t, "the return", func(e stack.Event) bool { return e.Kind == stack.KindEngineBack })
	died := events.await(t, "the death", func(e stack.Event) bool { return e.Kind == stack.KindDied })
	require.Equal(t, first.Container, died.Container)
	require.True(t, died.Reconciled)
	back := statuses.await(t, "up again", func(v stack.Status) bool { return v.Up && v.Generation != first })
	require.Equal(t, first.Number+1, back.Generation.Number)
	side := 0
	for _, e := range events.all() {
		if e.Service == "side" && e.Kind == stack.KindDied {
			side++
		}
	}
	require.Zero(t, side, "what lived through it is not reported dead")
}

func TestAnEngineThatComesBackWithEverythingAliveIsUpAgain(t *testing.T) {
	f := newFixture(t)
	line, far := enginetest.NewLine(t)
	s := f.stack(f.runner(""), func(o *stack.Options) { o.Engine = far })
	live, err := s.Deploy(enginetest.Context(t))
	require.NoError(t, err)
	statuses, _ := supervised(t, s, stack.Pulse{})
	statuses.await(t, "up", func(v stack.Status) bool { return v.Up })
	line.Cut()
	statuses.await(t, "down", func(v stack.Status) bool { return v.Code == "engine_unavailable" })
	line.Mend()
	statuses.await(t, "up again", func(stack.Status) bool {
		all := statuses.all()
		last := all[len(all)-1] // an engine that goes away may give one reason or two
		return len(all) >= 3 && last.Up && last.Generation == live
	})
}

func TestAnEngineThatReturnsIsAnotherChanceForWhatWasGivenUp(t *testing.T) {
	f := newFixture(t)
	line, far := enginetest.NewLine(t)
	s := f.stack(f.runner("    environment: {EXIT_AFTER_MS: 1500}\n"), func(o *stack.Options) { o.Engine = far })
	statuses, events := supervised(t, s, stack.Pulse{})
	_, err := s.Deploy(enginetest.Context(t))
	require.NoError(t, err)
	statuses.await(t, "giving up", func(v stack.Status) bool { return v.GivenUp })
	before := len(statuses.all())
	line.Cut()
	events.await(t, "the loss", func(e stack.Event) bool { return e.Kind == stack.KindEngineLost })
	line.Mend()
	statuses.await(t, "another chance", func(stack.Status) bool {
		for _, v := range statuses.all()[before:] {
			if v.Attempt == 1 {
				return true
			}
		}
		return false
	})
}

func TestLogsGoOnWhereTheyWereWhenTheEngineReturns(t *testing.T) {
	f := newFixture(t)
	line, far := enginetest.NewLine(t)
	s := f.stack(f.runner("    environment: {VERSION: v, LINES: 100}\n"), func(o *stack.Options) { o.Engine = far })
	live, err := s.Deploy(enginetest.Context(t))
	require.NoError(t, err)
	lines := follow(t, s, stack.LogOptions{})
	say := func(text string) { get(t, live, "/print?text="+url.QueryEscape(text)) }
	for round := range 3 {
		say(fmt.Sprintf("heard %d", round))
		lines.await(t, "a line", func(l stack.LogLine) bool { return l.Text == fmt.Sprintf("heard %d", round) })
		line.Cut()
		say(fmt.Sprintf("unheard %d", round))
		line.Mend()
		lines.await(t, "a line", func(l stack.LogLine) bool { return l.Text == fmt.Sprintf("unheard %d", round) })
	}
	seen := map[string]int{}
	for _, l := range lines.all() {
		seen[l.Text]++
	}
	require.Len(t, seen, 106)
	for text, count := range seen {
		require.Equal(t, 1, count, text)
	}
}

func TestADeploymentWithoutAnEngineSaysWhatToDo(t *testing.T) {
	f := newFixture(t)
	line, far := enginetest.NewLine(t)
	s := f.stack(f.runner(""), func(o *stack.Options) { o.Engine = far })
	live, err := s.Deploy(enginetest.Context(t))
	require.NoError(t, err)
	line.Cut()
	_, err = s.Deploy(enginetest.Context(t))
	require.ErrorContains(t, err, "the container engine does not answer: start it")
	require.Same(t, live, s.Live())
	response, err := (&http.Client{Timeout: 5 * time.Second}).Get("http://" + live.Address + "/healthz")
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	line.Mend()
}

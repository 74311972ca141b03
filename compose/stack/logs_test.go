package stack_test

import (
	"context"
	"fmt"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/compose/internal/enginetest"
	"github.com/same-origin/devproxy/compose/stack"
)

// follow records the lines of the runner from now on; the reader ends with the
// test.
func follow(t *testing.T, s *stack.Stack, opts stack.LogOptions) *recorder[stack.LogLine] {
	t.Helper()
	lines := newRecorder[stack.LogLine]()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	opts.Follow = true
	go func() {
		defer close(done)
		for line, err := range s.Logs(ctx, "runner", opts) {
			if err != nil {
				t.Error("following logs: ", err)
				return
			}
			lines.add(line)
		}
	}()
	t.Cleanup(func() {
		cancel()
		<-done
	})
	return lines
}

func TestTwentyRestartsLoseAndDoubleNoLine(t *testing.T) {
	const restarts, perStart = 20, 50
	f := newFixture(t)
	s := f.stack(f.runner(fmt.Sprintf("    environment: {VERSION: v, LINES: %d}\n", perStart)), nil)
	ctx := enginetest.Context(t)
	lines := follow(t, s, stack.LogOptions{})
	for range restarts {
		_, err := s.DeployImage(ctx, f.image)
		require.NoError(t, err)
	}
	s.Settle()
	last := fmt.Sprintf("v line %d", perStart)
	lines.await(t, "the last line of the last generation", func(l stack.LogLine) bool {
		return l.Generation == restarts && l.Text == last
	})
	seen := map[string]int{}
	for i, l := range lines.all() {
		require.EqualValues(t, i+1, l.Seq)
		seen[fmt.Sprint(l.Generation, " ", l.Text)]++
	}
	for generation := 1; generation <= restarts; generation++ {
		for n := 1; n <= perStart; n++ {
			require.Equal(t, 1, seen[fmt.Sprintf("%d v line %d", generation, n)], "generation %d, line %d", generation, n)
		}
		if generation < restarts {
			require.Equal(t, 1, seen[fmt.Sprintf("%d v last words", generation)], "last words of generation %d", generation)
		}
	}
}

func TestAContainerThatIsStartedAgainGoesOnWhereItWas(t *testing.T) {
	f := newFixture(t)
	s := f.stack(f.runner("    environment: {VERSION: v, LINES: 3}\n"), nil)
	ctx := enginetest.Context(t)
	live, err := s.Deploy(ctx)
	require.NoError(t, err)
	lines := follow(t, s, stack.LogOptions{Tail: 1})
	lines.await(t, "the tail", func(l stack.LogLine) bool { return l.Text == "v line 3" })
	require.NoError(t, f.engine.StopContainer(ctx, live.Container, -1))
	again, err := s.Revive(ctx)
	require.NoError(t, err)
	get(t, again, "/print?text="+url.QueryEscape("the end"))
	lines.await(t, "the end", func(l stack.LogLine) bool { return l.Text == "the end" })
	var text []string
	for _, l := range lines.all() {
		text = append(text, l.Text)
	}
	require.Equal(t, []string{
		"v line 3", "caught terminated", "v last words", "v line 1", "v line 2", "v line 3", "the end",
	}, text)
}

func TestAGenerationThatFailsAtOnceIsHeard(t *testing.T) {
	f := newFixture(t)
	s := f.stack(f.runner("    environment: {VERSION: v, LINES: 2, NEVER_HEALTHY: 1, EXIT_AFTER_MS: 1}\n"), nil)
	lines := follow(t, s, stack.LogOptions{})
	_, err := s.Deploy(enginetest.Context(t))
	require.ErrorContains(t, err, "it exited with code 0")
	lines.await(t, "its last line", func(l stack.LogLine) bool { return l.Text == "v line 2" })
	require.Len(t, lines.all(), 2)
}

func TestPastLinesAreReadOnceAndInOrder(t *testing.T) {
	f := newFixture(t)
	s := f.stack(f.runner("    tty: true\n    environment: {VERSION: v, LINES: 5}\n"), nil)
	_, err := s.Deploy(enginetest.Context(t))
	require.NoError(t, err)
	var text []string
	for l, err := range s.Logs(t.Context(), "", stack.LogOptions{Tail: 3}) {
		require.NoError(t, err)
		require.Equal(t, "runner", l.Service)
		text = append(text, fmt.Sprint(l.Seq, " ", l.Text))
	}
	require.Equal(t, []string{"1 v line 3", "2 v line 4", "3 v line 5"}, text)
}

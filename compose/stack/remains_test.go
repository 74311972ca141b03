package stack_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/compose/internal/enginetest"
	"github.com/same-origin/devproxy/compose/stack"
)

func TestAFollowerInAnotherProcessGetsTheLinesOfGenerationsThatAreGone(t *testing.T) {
	const first, last = 5, 50
	f := newFixture(t)
	yaml := f.runner(fmt.Sprintf("    environment: {VERSION: v, LINES: %d, LAST_LINES: %d}\n", first, last))
	line, engine := enginetest.NewLine(t)
	s, other := f.stack(yaml, f.kept), f.stack(yaml, func(o *stack.Options) {
		f.kept(o)
		o.Engine = engine
	})
	ctx := enginetest.Context(t)
	lines := follow(t, other, stack.LogOptions{})
	_, err := s.Deploy(ctx)
	require.NoError(t, err)
	lines.await(t, "what it says first", func(l stack.LogLine) bool { return l.Text == fmt.Sprintf("v line %d", first) })
	line.Cut() // the surest way to be late
	for range 2 {
		_, err := s.DeployImage(ctx, f.image)
		require.NoError(t, err)
	}
	s.Settle()
	line.Mend()
	for generation := 1; generation <= 2; generation++ {
		lines.await(t, "the last words", func(l stack.LogLine) bool { return l.Generation == generation && l.Text == "v last words" })
	}
	lines.await(t, "the one that is live", func(l stack.LogLine) bool { return l.Generation == 3 && l.Text == fmt.Sprintf("v line %d", first) })
	seen := map[string]int{}
	for _, l := range lines.all() {
		seen[fmt.Sprint(l.Generation, " ", l.Text)]++
	}
	for generation := 1; generation <= 2; generation++ {
		for n := 1; n <= first; n++ {
			require.Equal(t, 1, seen[fmt.Sprintf("%d v line %d", generation, n)], "generation %d, line %d", generation, n)
		}
		for n := 1; n <= last; n++ {
			require.Equal(t, 1, seen[fmt.Sprintf("%d v last line %d", generation, n)], "generation %d, line %d", generation, n)
		}
	}
}

func TestTheLinesOfOnlySomeRemovedContainersAreKeptUntilTheVolumesGo(t *testing.T) {
	f := newFixture(t)
	s := f.stack(f.runner("    environment: {VERSION: v, LINES: 2}\n"), f.kept)
	for range 20 {
		_, err := s.DeployImage(enginetest.Context(t), f.image)
		require.NoError(t, err)
	}
	require.NoError(t, s.Down(enginetest.Context(t), false))
	files, err := os.ReadDir(filepath.Join(f.dir, "remains", f.name))
	require.NoError(t, err)
	require.Len(t, files, 16)
	info, err := files[0].Info()
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	require.NoError(t, s.Down(enginetest.Context(t), true))
	require.NoDirExists(t, filepath.Join(f.dir, "remains", f.name))
}

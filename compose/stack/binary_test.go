package stack_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/compose/internal/enginetest"
	"github.com/same-origin/devproxy/compose/stack"
)

func TestADeploymentOfABinaryStartsTheSpare(t *testing.T) {
	f := newFixture(t)
	ctx := enginetest.Context(t)
	s := f.stack(f.binary(""), f.kept)
	f.write("one")
	first, err := s.Deploy(ctx)
	require.NoError(t, err)
	requireMark(t, "one", first)
	requireOneSpare(t, f, s)
	members, err := s.Ps(ctx)
	require.NoError(t, err)
	require.Len(t, members, 1, "a spare is no member")
	waiting := f.spare()
	f.write("two")
	second, err := s.Deploy(ctx)
	require.NoError(t, err)
	require.Equal(t, waiting.ID, second.Container)
	require.Equal(t, 2, second.Number)
	require.Equal(t, first.ImageID, second.ImageID, "nothing was built")
	requireMark(t, "two", second)
	requireOneSpare(t, f, s)
	require.NoError(t, s.Down(ctx, true))
	require.Empty(t, f.census())
	require.Empty(t, f.folders())
}

func TestABrokenBinaryTakesNoTraffic(t *testing.T) {
	for name, content := range map[string][]byte{"no program": []byte("nonsense"), "empty": nil} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t)
			ctx := enginetest.Context(t)
			promoted := 0
			s := f.stack(f.binary(""), func(o *stack.Options) {
				f.kept(o)
				o.Promote = func(context.Context, *stack.Generation) error {
					promoted++
					return nil
				}
			})
			f.write("one")
			old, err := s.Deploy(ctx)
			require.NoError(t, err)
			f.writeFile(content)
			for range 2 {
				_, err = s.Deploy(ctx)
				require.Error(t, err)
				require.Equal(t, 1, promoted)
				require.Same(t, old, s.Live())
				requireMark(t, "one", s.Live())
				requireOneSpare(t, f, s)
			}
			require.NoError(t, s.Restart(ctx, "runner"), "a restart is of what runs")
			requireMark(t, "one", s.Live())
			f.write("two")
			_, err = s.Deploy(ctx)
			require.NoError(t, err)
			requireMark(t, "two", s.Live())
		})
	}
}

func TestABinaryThatIsNotThereKeepsTheSpare(t *testing.T) {
	f := newFixture(t)
	ctx := enginetest.Context(t)
	s := f.stack(f.binary(""), f.kept)
	_, err := s.Deploy(ctx)
	require.ErrorContains(t, err, "copying the binary of service runner: open "+filepath.Join(f.dir, "bin", "app"))
	require.ErrorContains(t, err, "build it, or correct x-devproxy.binary")
	require.Empty(t, f.census())
	require.Empty(t, f.folders())
	f.write("one")
	_, err = s.Deploy(ctx)
	require.NoError(t, err)
	s.Settle()
	waiting := f.spare()
	require.NoError(t, os.Remove(filepath.Join(f.dir, "bin", "app")))
	_, err = s.Deploy(ctx)
	require.ErrorIs(t, err, os.ErrNotExist)
	require.Equal(t, waiting.ID, f.spare().ID)
	requireOneSpare(t, f, s)
}

func TestASpareThatIsGoneOrOfAnotherConfigurationIsNotUsed(t *testing.T) {
	f := newFixture(t)
	ctx := enginetest.Context(t)
	f.write("one")
	s := f.stack(f.binary("    environment: {VERSION: one}\n"), f.kept)
	_, err := s.Deploy(ctx)
	require.NoError(t, err)
	s.Settle()
	require.NoError(t, f.engine.RemoveContainer(ctx, f.spare().ID))
	_, err = s.Deploy(ctx)
	require.NoError(t, err)
	requireOneSpare(t, f, s)
	outdated := f.spare()
	changed := f.stack(f.binary("    environment: {VERSION: two}\n"), f.kept)
	_, err = changed.Deploy(ctx)
	require.NoError(t, err)
	require.Equal(t, "two", version(t, changed.Live()))
	require.NotEqual(t, outdated.ID, changed.Live().Container)
	requireOneSpare(t, f, changed)
	require.NotEqual(t, outdated.ID, f.spare().ID)
	_, err = changed.DeployImage(ctx, f.image)
	require.NoError(t, err, "another image around the binary")
	requireMark(t, "one", changed.Live())
	requireOneSpare(t, f, changed)
}

func TestUpReplacesAGenerationOfAnotherBinaryOnly(t *testing.T) {
	f := newFixture(t)
	ctx := enginetest.Context(t)
	f.write("one")
	before := f.stack(f.binary(""), f.kept)
	old, err := before.Deploy(ctx)
	require.NoError(t, err)
	before.Settle()
	same := f.stack(f.binary(""), f.kept)
	require.NoError(t, same.Up(ctx))
	require.Equal(t, old.Container, same.Live().Container)
	requireOneSpare(t, f, same)
	f.write("two")
	next := f.stack(f.binary(""), f.kept)
	require.NoError(t, next.Up(ctx))
	requireMark(t, "two", next.Live())
	requireOneSpare(t, f, next)
}

func TestTheImageAroundABinaryIsBuiltOnce(t *testing.T) {
	f := newFixture(t)
	ctx := enginetest.Context(t)
	t.Chdir(filepath.Dir(f.dir)) // a relative state folder is as good
	f.write("one")
	s := f.stack("services: {runner: {build: {context: ./bin, dockerfile_inline: \"FROM scratch\\nCOPY app /devproxy-binary/app\\n\"}, "+
		"entrypoint: [/devproxy-binary/app], x-devproxy: {binary: ./bin/app}}}\n",
		func(o *stack.Options) { o.StateDir = filepath.Base(f.dir) })
	first, err := s.Deploy(ctx)
	require.NoError(t, err)
	f.write("two")
	second, err := s.Deploy(ctx)
	require.NoError(t, err)
	require.Equal(t, first.ImageID, second.ImageID)
	requireMark(t, "two", second)
}

func TestTenSwapsOfABinaryUnderLoadFailNoRequest(t *testing.T) {
	f := newFixture(t)
	ctx := enginetest.Context(t)
	live := &selector{}
	s := f.stack(f.binary("    environment: {VERSION: v}\n"), func(o *stack.Options) {
		f.kept(o)
		o.Promote = live.promote
	})
	f.write("0")
	_, err := s.Deploy(ctx)
	require.NoError(t, err)
	underLoad(t, live, func() {
		for swap := range 10 {
			f.write(strconv.Itoa(swap))
			g, err := s.Deploy(ctx)
			require.NoError(t, err)
			requireMark(t, strconv.Itoa(swap), g)
		}
		s.Settle()
	})
	requireOneSpare(t, f, s)
}

func TestAProcessKilledAtAnyStepLeavesNoSpareUnreaped(t *testing.T) {
	for _, step := range []string{"probing", "promoting", "retiring", "idle"} {
		for _, earlier := range []int{0, 2} {
			t.Run(fmt.Sprintf("%s after %d", step, earlier), func(t *testing.T) {
				f := newFixture(t)
				ctx := enginetest.Context(t)
				s := f.stack(f.binary(""), f.kept)
				for range earlier {
					f.write("old")
					_, err := s.Deploy(ctx)
					require.NoError(t, err)
				}
				s.Settle()
				f.write("new")
				kill9(t, fmt.Sprintf("%s %s %s/compose.yaml", step, f.name, f.dir))
				// Killed after a folder was made, and before its container was.
				require.NoError(t, os.MkdirAll(filepath.Join(f.dir, "generations", f.name, "99"), 0o755))
				next := f.stack(f.binary(""), f.kept)
				require.NoError(t, next.Up(ctx))
				requireMark(t, "new", next.Live())
				require.True(t, next.Live().Adopted)
				requireOneSpare(t, f, next)
				require.NoError(t, next.Down(ctx, true))
				require.Empty(t, f.census())
				require.Empty(t, f.folders())
			})
		}
	}
}

package stack_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/compose/docker"
	"github.com/same-origin/devproxy/compose/internal/enginetest"
	"github.com/same-origin/devproxy/compose/stack"
)

// synced is a project whose folder src is synced by the given rule, around an
// image that has /data/image.txt and, when asked for, an rm.
func synced(t *testing.T, rule string, rm bool) (*fixture, *stack.Stack) {
	t.Helper()
	f := newFixture(t)
	f.image = f.name + ":synced"
	files := map[string]docker.File{"/app": {Content: enginetest.Binary(t), Mode: 0o755}, "/data/image.txt": {Content: []byte("of the image")}}
	if rm {
		files["/bin/rm"] = docker.File{Content: enginetest.Binary(t), Mode: 0o755}
	}
	_, err := f.engine.BuildFromBinary(enginetest.Context(t), f.image, files, docker.Config{Entrypoint: []string{"/app"}})
	require.NoError(t, err)
	enginetest.Afterwards(t, func(ctx context.Context) error { return f.engine.RemoveImage(ctx, f.image) })
	require.NoError(t, os.MkdirAll(filepath.Join(f.dir, "src"), 0o755))
	f.save(t, "first.txt", "one")
	s := f.stack(f.runner("    develop: {watch: [{path: ./src, target: /data, "+rule+"}]}\n"), nil)
	require.NoError(t, s.Up(enginetest.Context(t)))
	return f, s
}

// save writes a file of src, or removes it.
func (f *fixture) save(t *testing.T, name, content string) string {
	t.Helper()
	file := filepath.Join(f.dir, "src", name)
	if content == "" {
		require.NoError(t, os.RemoveAll(file))
		return file
	}
	require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o755))
	require.NoError(t, os.WriteFile(file, []byte(content), 0o644))
	return file
}

// carry plans for the changed files and carries that out.
func carry(t *testing.T, s *stack.Stack, changed ...string) (*stack.Generation, error) {
	t.Helper()
	plan, err := s.Plan(changed)
	require.NoError(t, err)
	return s.Carry(enginetest.Context(t), plan)
}

func file(t *testing.T, g *stack.Generation, path string) string {
	t.Helper()
	return get(t, g, "/file?path="+path)
}

func TestASyncBringsFilesToTheLiveGenerationAndToThoseAfterIt(t *testing.T) {
	f, s := synced(t, "action: sync", true)
	first := s.Live()
	require.Equal(t, "none", file(t, first, "/data/first.txt"), "nothing has changed yet")
	live, err := carry(t, s, f.save(t, "first.txt", "two"), f.save(t, "deep/new.txt", "new"))
	require.NoError(t, err)
	require.Same(t, first, live)
	require.Equal(t, "two", file(t, live, "/data/first.txt"))
	require.Equal(t, "new", file(t, live, "/data/deep/new.txt"))
	live, err = carry(t, s, f.save(t, "image.txt", ""), f.save(t, "deep/new.txt", ""))
	require.NoError(t, err)
	require.Same(t, first, live)
	require.Equal(t, "none", file(t, live, "/data/image.txt"))
	require.NoError(t, s.Restart(enginetest.Context(t), "runner"))
	require.Equal(t, 2, s.Live().Number)
	require.Equal(t, "two", file(t, s.Live(), "/data/first.txt"))
	require.Equal(t, "none", file(t, s.Live(), "/data/deep/new.txt"))
	require.Equal(t, "none", file(t, s.Live(), "/data/image.txt"), "what was removed stays so")
}

func TestAFileThatNothingCanRemoveGoesWithItsGeneration(t *testing.T) {
	f, s := synced(t, "action: sync", false)
	_, err := carry(t, s, f.save(t, "new.txt", "new"))
	require.NoError(t, err)
	require.Equal(t, "new", file(t, s.Live(), "/data/new.txt"))
	said := newRecorder[error]()
	s.Report = said.add
	live, err := carry(t, s, f.save(t, "new.txt", ""), f.save(t, "image.txt", ""))
	require.NoError(t, err)
	require.Equal(t, 2, live.Number)
	require.Equal(t, "none", file(t, live, "/data/new.txt"))
	require.Equal(t, "of the image", file(t, live, "/data/image.txt"))
	require.ErrorContains(t, said.all()[0], "its image has no rm; what of it is in the image stays there until a rebuild")
}

func TestASyncWithARestartIsThereBeforeTheNewGenerationStarts(t *testing.T) {
	f, s := synced(t, "action: sync+restart", true)
	first := s.Live()
	live, err := carry(t, s, f.save(t, "first.txt", "two"))
	require.NoError(t, err)
	require.Equal(t, first.Number+1, live.Number)
	require.Equal(t, "two", file(t, live, "/data/first.txt"))
	s.Settle()
	require.Equal(t, map[string]int{"running": 1}, f.census())
}

func TestARestartLeavesTheFilesAlone(t *testing.T) {
	f, s := synced(t, "action: restart", true)
	live, err := carry(t, s, f.save(t, "first.txt", "two"))
	require.NoError(t, err)
	require.Equal(t, 2, live.Number)
	require.Equal(t, "none", file(t, live, "/data/first.txt"))
}

func TestACommandFollowsASyncInTheLiveGeneration(t *testing.T) {
	f, s := synced(t, "action: sync+exec, exec: {command: [/app, write, done.txt, WORD], environment: {WORD: reloaded}, working_dir: /data}", true)
	first := s.Live()
	live, err := carry(t, s, f.save(t, "first.txt", "two"))
	require.NoError(t, err)
	require.Same(t, first, live)
	require.Equal(t, "two", file(t, live, "/data/first.txt"))
	require.Equal(t, "reloaded", file(t, live, "/data/done.txt"))
}

func TestACommandThatFailsSaysSo(t *testing.T) {
	f, s := synced(t, "action: sync+exec, exec: {command: [/app, exit, \"3\"]}", true)
	_, err := carry(t, s, f.save(t, "first.txt", "two"))
	require.EqualError(t, err, `executing "/app exit 3" after a sync: it exits with code 3: `)
	require.Equal(t, "two", file(t, s.Live(), "/data/first.txt"))
}

func TestAnInitialSyncIsThereFromTheStart(t *testing.T) {
	f, s := synced(t, "action: sync, initial_sync: true, ignore: [\"*.tmp\"]", true)
	require.Equal(t, "one", file(t, s.Live(), "/data/first.txt"))
	f.save(t, "first.txt", "while nobody watched")
	f.save(t, "x.tmp", "x")
	next := f.stack(f.runner("    develop: {watch: [{path: ./src, target: /data, action: sync, initial_sync: true, ignore: [\"*.tmp\"]}]}\n"), nil)
	require.NoError(t, next.Up(enginetest.Context(t)))
	require.True(t, next.Live().Adopted)
	require.Equal(t, "while nobody watched", file(t, next.Live(), "/data/first.txt"))
	require.Equal(t, "none", file(t, next.Live(), "/data/x.tmp"))
}

func TestARebuildUnderLoadFailsNoRequest(t *testing.T) {
	f := newFixture(t)
	live := &selector{}
	build := filepath.Join(f.dir, "build")
	require.NoError(t, os.MkdirAll(build, 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(build, "app"), enginetest.Binary(t), 0o755))
	s := f.stack(fmt.Sprintf(`services:
  runner:
    image: %s-runner
    stop_grace_period: 1s
    environment: {VERSION: v}
    build: {context: ./build, dockerfile_inline: "FROM scratch\nENTRYPOINT [\"/app\"]\nCOPY . /\n"}
    develop: {watch: [{action: rebuild, path: ./build}]}
`, f.name), func(o *stack.Options) { o.Promote = live.promote })
	ctx := enginetest.Context(t)
	require.NoError(t, s.Up(ctx))
	underLoad(t, live, func() {
		for turn := range 5 {
			changed := filepath.Join(build, "app")
			require.NoError(t, os.WriteFile(changed, fmt.Appendf(append([]byte(nil), enginetest.Binary(t)...), "%20d", turn), 0o755))
			g, err := carry(t, s, changed)
			require.NoError(t, err)
			require.Contains(t, get(t, g, "/tail"), fmt.Sprint(turn))
		}
		s.Settle()
	})
	require.Equal(t, 6, s.Live().Number)
}

func TestARebuildTakesTheFilesThatWereSyncedWithIt(t *testing.T) {
	f := newFixture(t)
	build := filepath.Join(f.dir, "build")
	require.NoError(t, os.MkdirAll(build, 0o755))
	program := filepath.Join(build, "app")
	require.NoError(t, os.WriteFile(program, enginetest.Binary(t), 0o755))
	s := f.stack(fmt.Sprintf(`services:
  runner:
    image: %s-runner
    stop_grace_period: 1s
    build: {context: ., dockerfile_inline: "FROM scratch\nENTRYPOINT [\"/app\"]\nCOPY build /\n"}
    develop: {watch: [{action: rebuild, path: ./build}, {action: sync, path: ./src, target: /data}]}
`, f.name), nil)
	require.NoError(t, s.Up(enginetest.Context(t)))
	_, err := carry(t, s, f.save(t, "old.txt", "of the image before"))
	require.NoError(t, err)
	require.Equal(t, "of the image before", file(t, s.Live(), "/data/old.txt"))
	require.NoError(t, os.WriteFile(program, append(append([]byte(nil), enginetest.Binary(t)...), "new"...), 0o755))
	live, err := carry(t, s, program, f.save(t, "new.txt", "with the build"))
	require.NoError(t, err)
	require.Equal(t, 2, live.Number)
	require.Equal(t, "with the build", file(t, live, "/data/new.txt"))
	require.Equal(t, "none", file(t, live, "/data/old.txt"), "as in Compose, an image begins anew")
}

func TestARebuildAroundABinaryWaitsForAnotherBinary(t *testing.T) {
	f := newFixture(t)
	ctx := enginetest.Context(t)
	s := f.stack(f.binary("    develop: {watch: [{action: rebuild, path: .}]}\n"), f.kept)
	f.write("one")
	first, err := s.Deploy(ctx)
	require.NoError(t, err)
	source := f.save(t, "main.go", "another text")
	same, err := carry(t, s, source)
	require.NoError(t, err)
	require.Equal(t, first, same, "its build is still to come")
	f.write("two")
	second, err := carry(t, s, filepath.Join(f.dir, "bin", "app"))
	require.NoError(t, err)
	requireMark(t, "two", second)
	again, err := s.Deploy(ctx)
	require.NoError(t, err)
	require.NotEqual(t, second.Container, again.Container, "who asks for a deployment gets one")
	require.NoError(t, f.engine.StopContainer(ctx, again.Container, 0))
	revived, err := carry(t, s, source)
	require.NoError(t, err)
	require.NotEqual(t, again.Container, revived.Container, "one that ended is worth another attempt")
}

func TestAFileThatWasSavedWithABrokenBinaryComesWithTheNextGoodOne(t *testing.T) {
	f := newFixture(t)
	s := f.stack(f.binary("    develop: {watch: [{action: rebuild, path: ./bin}, {action: sync, path: ./src, target: /data}]}\n"), f.kept)
	f.write("one")
	_, err := s.Deploy(enginetest.Context(t))
	require.NoError(t, err)
	program := filepath.Join(f.dir, "bin", "app")
	f.writeFile([]byte("nonsense"))
	_, err = carry(t, s, program, f.save(t, "first.txt", "saved"))
	require.Error(t, err)
	f.write("two")
	live, err := carry(t, s, program)
	require.NoError(t, err)
	requireMark(t, "two", live)
	require.Equal(t, "saved", file(t, live, "/data/first.txt"))
}

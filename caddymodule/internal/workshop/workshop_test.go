package workshop

import (
	"archive/tar"
	"bytes"
	"context"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/caddymodule/internal/build"
	"github.com/same-origin/devproxy/compose/docker"
	"github.com/same-origin/devproxy/compose/launcher"
	"github.com/same-origin/devproxy/compose/project"
)

func unavailable(t *testing.T, why string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatal(why)
	}
	t.Skip(why)
}

// fixture is a workshop, an image with a shell, and an extension's folder.
type fixture struct {
	*Workshop
	t      *testing.T
	engine *docker.Engine
	image  string
	dir    string
	state  string
	said   []string
}

func newFixture(t *testing.T) *fixture {
	t.Helper()
	engine, err := docker.Connect(t.Context(), docker.Options{})
	if err != nil {
		unavailable(t, "needs a container engine: "+err.Error())
	}
	t.Cleanup(func() { _ = engine.Close() })
	f := &fixture{t: t, engine: engine, dir: t.TempDir(), state: t.TempDir(), image: shellImage(t, engine)}
	f.Workshop = New(slog.New(slog.DiscardHandler))
	f.Configure(Config{StateDir: f.state, Project: project.Options{WorkingDir: f.dir, Environ: []string{}}})
	t.Cleanup(func() { f.clear() })
	return f
}

// shellImage is an image with nothing but a shell.
func shellImage(t *testing.T, engine *docker.Engine) string {
	t.Helper()
	path, err := exec.LookPath("busybox")
	if err != nil {
		unavailable(t, "needs a static busybox (Debian: busybox-static)")
	}
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	name := "devproxytest-" + uuid.NewString()[:8] + ":sh"
	_, err = engine.BuildFromBinary(t.Context(), name, map[string]docker.File{
		"/bin/busybox": {Content: content, Mode: 0o755}, "/bin/sh": {Content: content, Mode: 0o755},
	}, docker.Config{Env: []string{"PATH=/bin"}})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, engine.RemoveImage(context.Background(), name)) })
	return name
}

// clear leaves nothing, and sees that nothing was left.
func (f *fixture) clear() {
	ctx := context.Background() // the test's has ended
	workers, err := f.open(ctx)
	require.NoError(f.t, err)
	left, err := f.engine.Containers(ctx, map[string]string{launcher.LabelInstance: workers.Instance()})
	assert.NoError(f.t, err)
	assert.Empty(f.t, left)
	for _, s := range workers.Snapshots() {
		assert.NoError(f.t, f.engine.DropImage(ctx, s.Image))
	}
	volumes, err := f.engine.UnusedVolumes(ctx, map[string]string{launcher.LabelInstance: workers.Instance()})
	assert.NoError(f.t, err)
	assert.Empty(f.t, volumes)
	assert.NoError(f.t, f.Close())
}

func (f *fixture) write(name, content string) {
	f.t.Helper()
	file := filepath.Join(f.dir, name)
	require.NoError(f.t, os.MkdirAll(filepath.Dir(file), 0o755))
	require.NoError(f.t, os.WriteFile(file, []byte(content), 0o644))
}

func (f *fixture) read(name string) string {
	content, err := os.ReadFile(filepath.Join(f.dir, name))
	if err != nil {
		return ""
	}
	return string(content)
}

func (f *fixture) run(c build.Container, command string) build.Result {
	f.t.Helper()
	ctx, cancel := context.WithTimeout(f.t.Context(), time.Minute)
	defer cancel()
	c.Image = f.image
	f.said = nil
	return f.Runner(c).Run(ctx, build.Shell(f.dir, command), func(line string) { f.said = append(f.said, line) })
}

func (f *fixture) code(result build.Result) string {
	f.t.Helper()
	require.Len(f.t, result.Problems, 1)
	require.NotEmpty(f.t, result.Problems[0].Message)
	require.NotEmpty(f.t, result.Problems[0].Fix)
	return result.Problems[0].Code
}

func TestRun_reads_the_sources_and_gives_back_what_was_declared_alone(t *testing.T) {
	f := newFixture(t)
	f.write("src/a.txt", "text")
	f.write("dist/old.txt", "the developer's own")
	result := f.run(build.Container{Outputs: []string{"dist", "ui/made"}}, `
		echo "$DEVPROXY_BUILD $NO_COLOR"; busybox ls dist; echo x 2>/dev/null > src/a.txt || echo read only
		busybox mkdir dist/deep; busybox cp src/a.txt dist/deep/b.txt; busybox ln dist/deep/b.txt dist/c.txt
		echo page > ui/made/page.html; busybox chmod 700 ui/made/page.html; echo lost > /elsewhere`)
	require.Empty(t, result.Problems, "%v", result.Output)
	require.True(t, result.OK())
	assert.Equal(t, []string{"1 1", "read only"}, f.said)
	assert.Equal(t, []string{"text", "text", "page\n", "text"}, []string{f.read("dist/deep/b.txt"), f.read("dist/c.txt"), f.read("ui/made/page.html"), f.read("src/a.txt")})
	assert.Equal(t, "the developer's own", f.read("dist/old.txt"), "only what came back before is taken away")
	info, err := os.Stat(filepath.Join(f.dir, "ui/made/page.html"))
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o700), info.Mode().Perm())

	// what no longer comes back goes, and what is the same stays untouched
	command := `busybox test -f src/all && echo 1 > dist/one.txt; echo 2 > dist/two.txt`
	f.write("src/all", "")
	require.True(t, f.run(build.Container{}, command).OK())
	before, err := os.Stat(filepath.Join(f.dir, "dist/two.txt"))
	require.NoError(t, err)
	require.NoError(t, os.Remove(filepath.Join(f.dir, "src/all")))
	require.True(t, f.run(build.Container{}, command).OK())
	after, err := os.Stat(filepath.Join(f.dir, "dist/two.txt"))
	require.NoError(t, err)
	assert.Equal(t, before.ModTime(), after.ModTime())
	assert.Empty(t, f.read("dist/one.txt"))
}

func TestRun_starts_from_what_the_last_good_build_left(t *testing.T) {
	f := newFixture(t)
	command := `echo 1 >> /cache; busybox wc -l < /cache > dist/n; busybox test ! -f src/bad`
	warm := build.Container{Snapshot: true}
	for _, n := range []string{"1\n", "2\n", "3\n"} {
		require.True(t, f.run(warm, command).OK())
		assert.Equal(t, n, f.read("dist/n"))
	}
	f.write("src/bad", "")
	assert.Equal(t, build.CodeFailed, f.code(f.run(warm, command)))
	assert.Equal(t, "3\n", f.read("dist/n"), "a failure gives nothing back")
	require.NoError(t, os.Remove(filepath.Join(f.dir, "src/bad")))
	require.True(t, f.run(warm, command).OK())
	assert.Equal(t, "4\n", f.read("dist/n"), "nor does it leave a trace")
	require.True(t, f.run(build.Container{}, command).OK())
	assert.Equal(t, "1\n", f.read("dist/n"), "snapshot off")
}

func TestRun_tells_what_keeps_a_build_from_working(t *testing.T) {
	f := newFixture(t)
	f.write("src/main.ts", "let a\nlet b = ;\n")
	f.write("afile", "")
	result := f.run(build.Container{}, `echo "/src/src/main.ts:2:9: error: no expression"; exit 1`)
	require.Len(t, result.Problems, 1)
	assert.Equal(t, "src/main.ts:2:9: no expression", result.Problems[0].String())
	assert.Contains(t, result.Problems[0].Frame, "> 2 | let b = ;")

	for _, c := range []struct {
		name, command, code, message string
		container                    build.Container
	}{
		{"time", "busybox sleep 60", codeTimeout, "ran longer than 1s", build.Container{Timeout: time.Second}},
		{"memory", `x=xxxxxxxx; while :; do x="$x$x"; done`, string(docker.CodeOutOfMemory), "needs more memory than its container has, 8.0 MiB", build.Container{Memory: 8 << 20}},
		{"nothing", ":", codeMissing, "left nothing in dist", build.Container{}},
		{"a link out", "busybox ln -s /etc dist/etc", codeRefused, "neither a file nor a folder", build.Container{}},
		{"no folder", ":", codeRefused, "afile", build.Container{Outputs: []string{"afile"}}},
		{"a code", "exit 3", build.CodeFailed, "exit status 3 in its container", build.Container{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			result := f.run(c.container, c.command)
			assert.Equal(t, c.code, f.code(result))
			assert.Contains(t, result.Problems[0].Message, c.message)
		})
	}
	result = f.Runner(build.Container{Image: "127.0.0.1:1/none"}).Run(t.Context(), build.Shell(f.dir, ":"), nil)
	require.Len(t, result.Problems, 1)
	assert.Contains(t, result.Problems[0].Message, "pulling image 127.0.0.1:1/none")
}

func TestRun_ends_the_worker_of_a_build_that_is_outdated(t *testing.T) {
	f := newFixture(t)
	ctx, cancel := context.WithCancel(t.Context())
	began := time.Now()
	result := f.Runner(build.Container{Image: f.image, Snapshot: true}).Run(ctx, build.Shell(f.dir, "echo begun; busybox sleep 60"), func(string) { cancel() })
	assert.True(t, result.Superseded)
	assert.Less(t, time.Since(began), 20*time.Second)
}

func TestRun_knows_the_services_of_the_project(t *testing.T) {
	f := newFixture(t)
	f.write("compose.yaml", "services: {ready: {image: "+f.image+"}, made: {build: {context: ., dockerfile_inline: \"FROM "+f.image+"\\nENV MADE=yes\"}}}")
	service := func(name string) build.Result {
		c := build.Container{Service: name}
		return f.Runner(c).Run(t.Context(), build.Shell(f.dir, "echo made $MADE > dist/n"), nil)
	}
	require.Empty(t, service("ready").Problems)
	assert.Equal(t, "made\n", f.read("dist/n"))
	result := service("made")
	require.Empty(t, result.Problems, "%v", result.Output)
	assert.Equal(t, "made yes\n", f.read("dist/n"))
	p, err := project.Load(t.Context(), f.config().Project)
	require.NoError(t, err)
	require.NoError(t, f.engine.RemoveImage(t.Context(), p.Compose.Name+"-made"))

	result = service("mede")
	assert.Equal(t, build.CodeSettings, f.code(result))
	assert.Contains(t, result.Problems[0].Fix, "made, ready")
	f.write("compose.yaml", "services: {")
	assert.Equal(t, project.CodeSyntax, f.code(service("made")))
}

func TestOpen_ends_what_an_earlier_process_was_building(t *testing.T) {
	f := newFixture(t)
	workers, err := launcher.Open(t.Context(), f.engine, launcher.Config{StateFile: filepath.Join(f.state, "workers.json")})
	require.NoError(t, err)
	left, err := workers.Launch(t.Context(), launcher.Job{ID: "build-" + uuid.NewString(), Image: f.image, Local: true, Command: []string{"busybox", "sleep", "60"}})
	require.NoError(t, err)
	workers.Close()
	require.True(t, f.run(build.Container{}, "echo > dist/n").OK())
	require.Eventually(t, func() bool {
		_, err := f.engine.Inspect(t.Context(), left.Container())
		return docker.Is(err, docker.CodeContainerNotFound)
	}, time.Minute, 20*time.Millisecond)
}

// hostile archives are what a container might send in place of its outputs.
func TestCollect_takes_nothing_that_lies_elsewhere(t *testing.T) {
	for name, header := range map[string]tar.Header{
		"above":          {Name: "dist/../../x", Typeflag: tar.TypeReg},
		"absolute":       {Name: "/etc/x", Typeflag: tar.TypeReg},
		"a sibling":      {Name: "src/x", Typeflag: tar.TypeReg},
		"the same name":  {Name: "dist", Typeflag: tar.TypeReg},
		"a symlink":      {Name: "dist/x", Typeflag: tar.TypeSymlink, Linkname: "/etc"},
		"a link outside": {Name: "dist/x", Typeflag: tar.TypeLink, Linkname: "../../etc/passwd"},
		"a device":       {Name: "dist/x", Typeflag: tar.TypeChar},
		"a huge file":    {Name: "dist/x", Typeflag: tar.TypeReg, Size: mostBytes + 1},
	} {
		t.Run(name, func(t *testing.T) {
			var archive bytes.Buffer
			writer := tar.NewWriter(&archive)
			require.NoError(t, writer.WriteHeader(&tar.Header{Name: "dist/good", Typeflag: tar.TypeReg}))
			require.NoError(t, writer.WriteHeader(&header))
			dir := t.TempDir()
			require.NoError(t, os.Mkdir(filepath.Join(dir, "dist"), 0o755))
			r := returns{dir: dir, state: t.TempDir(), record: filepath.Join(t.TempDir(), "r.json")}
			err := r.collect(t.Context(), []string{"dist"}, func(context.Context, string) (io.ReadCloser, error) { return io.NopCloser(&archive), nil })
			var refused *build.Error
			require.ErrorAs(t, err, &refused)
			assert.Equal(t, codeRefused, refused.Problem.Code)
			found, err := filepath.Glob(filepath.Join(dir, "*", "*"))
			require.NoError(t, err)
			assert.Empty(t, found, "nothing comes when not all can")
		})
	}
}

func TestCollect_follows_no_link_out_of_the_extension(t *testing.T) {
	dir, outside := t.TempDir(), t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(dir, "dist"), 0o755))
	require.NoError(t, os.Symlink(outside, filepath.Join(dir, "dist", "deep")))
	var archive bytes.Buffer
	writer := tar.NewWriter(&archive)
	require.NoError(t, writer.WriteHeader(&tar.Header{Name: "dist/deep/x", Typeflag: tar.TypeReg, Mode: 0o644, Size: 1}))
	_, err := writer.Write([]byte("x"))
	require.NoError(t, err)
	require.NoError(t, writer.Close())
	r := returns{dir: dir, state: t.TempDir(), record: filepath.Join(t.TempDir(), "r.json")}
	err = r.collect(t.Context(), []string{"dist"}, func(context.Context, string) (io.ReadCloser, error) { return io.NopCloser(&archive), nil })
	var refused *build.Error
	require.ErrorAs(t, err, &refused)
	entries, err := os.ReadDir(outside)
	require.NoError(t, err)
	assert.Empty(t, entries)
	assert.True(t, strings.HasPrefix(refused.Problem.Message, "taking over dist/deep/x"), refused.Problem.Message)
}

package container

import (
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/compose-spec/compose-go/v2/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/same-origin/devproxy/caddymodule/runner/image"
	"github.com/same-origin/devproxy/compose/docker"
	"github.com/same-origin/devproxy/compose/project"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// newRunner is one that does nothing by itself.
func newRunner(t *testing.T, files map[string]string) *Runner {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600))
	}
	return &Runner{
		cfg:   Config{Dir: dir, Files: []string{filepath.Join(dir, "compose.yml")}, StateDir: filepath.Join(dir, "state"), Instance: "test"},
		hooks: Hooks{Log: slog.New(slog.DiscardHandler)},
	}
}

// missing skips a test for want of something, and under CI=true fails it.
func missing(t testing.TB, what ...any) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatal(what...)
	}
	t.Skip(what...)
}

// countedEngine makes the real engine reached through a socket that counts its
// connections.
func countedEngine(t *testing.T) *connections {
	t.Helper()
	engine, err := docker.Connect(t.Context(), docker.Options{})
	if err != nil {
		missing(t, "needs a container engine:", err)
	}
	defer engine.Close()
	target, ok := strings.CutPrefix(engine.Endpoint(), "unix://")
	if !ok {
		missing(t, "needs an engine on a unix socket, not at", engine.Endpoint())
	}
	dir, err := os.MkdirTemp("", "count") //nolint:usetesting // t.TempDir names the test, which is too long for a socket
	require.NoError(t, err)
	listener, err := net.Listen("unix", filepath.Join(dir, "s"))
	require.NoError(t, err)
	c := &connections{target: target}
	c.running.Go(func() { c.accept(listener) })
	t.Cleanup(func() {
		listener.Close()
		c.running.Wait()
		os.RemoveAll(dir)
	})
	t.Setenv("DOCKER_HOST", "unix://"+filepath.Join(dir, "s"))
	return c
}

// connections are those that are open, and how many there were.
type connections struct {
	target  string
	open    sync.WaitGroup
	running sync.WaitGroup
	mu      sync.Mutex
	made    int
}

func (c *connections) accept(listener net.Listener) {
	for {
		near, err := listener.Accept()
		if err != nil {
			return
		}
		c.mu.Lock()
		c.made++
		c.mu.Unlock()
		c.open.Add(1)
		c.running.Go(func() {
			defer c.open.Done()
			c.pass(near)
		})
	}
}

// pass ends when the one who called has hung up.
func (c *connections) pass(near net.Conn) {
	defer near.Close()
	far, err := net.Dial("unix", c.target)
	if err != nil {
		return
	}
	c.running.Go(func() { _, _ = io.Copy(near, far) })
	_, _ = io.Copy(far, near)
	far.Close()
}

func TestAnAttemptThatFailsLeavesNoConnectionToTheEngine(t *testing.T) {
	c := countedEngine(t)
	r := newRunner(t, map[string]string{"compose.yml": "services: {}\n"})
	for range 3 {
		require.ErrorContains(t, r.up(t.Context()), "no service is enabled")
	}
	c.open.Wait() // for ever, if one is left
	assert.GreaterOrEqual(t, c.made, 3)
}

func TestTheTokenOfAProjectIsMadeOnceAndIsItsUsersAlone(t *testing.T) {
	r, other := newRunner(t, nil), newRunner(t, nil)
	first, err := r.ownToken()
	require.NoError(t, err)
	again, err := r.ownToken()
	require.NoError(t, err)
	assert.Equal(t, first, again)
	assert.GreaterOrEqual(t, len(first), 26)
	different, err := other.ownToken()
	require.NoError(t, err)
	assert.NotEqual(t, first, different)
	info, err := os.Stat(filepath.Join(r.cfg.StateDir, "service-token"))
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	folder, err := os.Stat(r.cfg.StateDir)
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o700), folder.Mode().Perm())
}

func TestTheTokenThatIsSentIsTheConfiguredOneElseTheServicesOwn(t *testing.T) {
	own := "of the file"
	service := types.ServiceConfig{}
	r := newRunner(t, nil)
	assert.Empty(t, r.token(service))
	service.Environment = types.MappingWithEquals{tokenVariable: &own}
	assert.Equal(t, own, r.token(service))
	r.cfg.ServiceToken = "configured"
	assert.Equal(t, "configured", r.token(service))
}

func TestAFixIsSaidOnce(t *testing.T) {
	_, oneProblem := project.Load(t.Context(), project.Options{WorkingDir: writeCompose(t, "services:\n  web:\n    imge: x\n")})
	_, twoProblems := project.Load(t.Context(), project.Options{WorkingDir: writeCompose(t, "services:\n  web:\n    imge: x\n    prts: []\n")})
	_, noEngine := docker.Connect(t.Context(), docker.Options{Environ: []string{"DOCKER_HOST=nonsense"}})
	cases := map[string]struct {
		err                error
		code, words, fixes string
	}{
		"one problem":  {oneProblem, "compose_unknown_key", `compose.yml:3: service "web": unknown key "imge"`, `did you mean "image"?`},
		"two problems": {twoProblems, "compose_unknown_key", "compose.yml:3: service \"web\": unknown key \"imge\"; did you mean \"image\"?\ncompose.yml:4: service \"web\": unknown key \"prts\"; did you mean \"ports\"?", "correct the files"},
		"no engine": {noEngine, "engine_unavailable", "no container engine answers; tried:\n  DOCKER_HOST (nonsense): this is no address of an engine",
			"write DOCKER_HOST as unix:///PATH/TO/docker.sock or tcp://HOST:PORT, or unset it to search the known sockets; it is used as soon as it answers"},
		"no content for the image": {&image.NoBinaryError{Own: io.ErrShortWrite, Build: io.ErrUnexpectedEOF},
			"runner_not_started", "making the runner's image: this devproxy cannot be its content (short write), and none could be built: unexpected EOF",
			"correct what the Go toolchain complains of"},
		"an engine's error": {&docker.Error{Code: docker.CodeDiskFull, Doing: "starting container", Subject: "x", Err: io.ErrShortWrite, Fix: "free space"},
			"disk_full", "starting container x: short write", "free space"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			code, words, fix := describe(c.err)
			assert.Equal(t, c.code, code)
			assert.Equal(t, c.words, words)
			assert.Equal(t, c.fixes, fix)
		})
	}
}

func writeCompose(t *testing.T, content string) string {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "compose.yml"), []byte(content), 0o600))
	return dir
}

func TestAnEngineThatIsAwayIsSaidOnce(t *testing.T) {
	var logged strings.Builder
	told := 0
	r := newRunner(t, nil)
	r.ctx = t.Context()
	r.hooks = Hooks{Log: slog.New(slog.NewTextHandler(&logged, nil)), Down: func(_, _, _ string) { told++ }}
	for range 3 {
		r.down(io.ErrShortWrite, false)
	}
	r.down(io.ErrUnexpectedEOF, false)
	assert.Equal(t, 1, strings.Count(logged.String(), io.ErrShortWrite.Error()), logged.String())
	assert.Contains(t, logged.String(), io.ErrUnexpectedEOF.Error())
	assert.Equal(t, 4, told, "the status is told each time")
}

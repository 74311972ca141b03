package stack_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/compose/docker"
	"github.com/same-origin/devproxy/compose/internal/enginetest"
	"github.com/same-origin/devproxy/compose/project"
	"github.com/same-origin/devproxy/compose/stack"
)

// fixture is a project of its own on the real engine; everything of it is gone
// after the test.
type fixture struct {
	t      testing.TB
	engine *docker.Engine
	name   string
	dir    string
	image  string
}

func newFixture(t testing.TB) *fixture {
	engine := enginetest.Engine(t)
	f := &fixture{t: t, engine: engine, name: enginetest.Project(), dir: t.TempDir(), image: enginetest.Image(t, engine)}
	enginetest.Afterwards(t, func(ctx context.Context) error {
		return errors.Join(
			engine.RemoveImage(ctx, f.name+"-runner"), engine.RemoveImage(ctx, f.name+":binary"),
			engine.PruneImages(ctx, map[string]string{stack.InstanceLabel: f.name}),
		)
	})
	return f
}

// runner is a compose file with the service "runner" made of the given lines.
func (f *fixture) runner(lines string) string {
	return fmt.Sprintf("services:\n  runner:\n    image: %s\n    stop_grace_period: 1s\n%s", f.image, lines)
}

// load reads a compose file under the fixture's project name.
func (f *fixture) load(yaml string) *project.Project {
	f.t.Helper()
	file := filepath.Join(f.dir, "compose.yaml")
	require.NoError(f.t, os.WriteFile(file, []byte(yaml), 0o600))
	loaded, err := project.Load(f.t.Context(), project.Options{
		WorkingDir: f.dir, Files: []string{file}, Name: f.name, Environ: []string{"HOME=" + f.dir},
	})
	require.NoError(f.t, err)
	return loaded
}

// stack is a stack of the compose file, taken down after the test.
func (f *fixture) stack(yaml string, change func(*stack.Options)) *stack.Stack {
	f.t.Helper()
	opts := stack.Options{
		Engine: f.engine, Project: f.load(yaml), Instance: f.name, Runner: "runner",
		Report: f.reported,
	}
	if change != nil {
		change(&opts)
	}
	s, err := stack.New(opts)
	require.NoError(f.t, err)
	enginetest.Afterwards(f.t, func(ctx context.Context) error { return s.Down(ctx, true) })
	return s
}

// reported fails the test, unless the engine is to blame, which others use as well.
func (f *fixture) reported(err error) {
	if errors.Is(err, docker.ErrMiscounted) {
		f.t.Log("reported: ", err)
		return
	}
	f.t.Error("reported: ", err)
}

// census counts the containers that carry our label, by state.
func (f *fixture) census() map[string]int {
	f.t.Helper()
	list, err := f.engine.Containers(enginetest.Context(f.t), map[string]string{stack.InstanceLabel: f.name})
	require.NoError(f.t, err)
	count := map[string]int{}
	for _, c := range list {
		count[c.State]++
	}
	return count
}

// version asks a generation which version it is.
func version(t testing.TB, g *stack.Generation) string {
	t.Helper()
	return get(t, g, "/version")
}

func get(t testing.TB, g *stack.Generation, path string) string {
	t.Helper()
	response, err := http.Get("http://" + g.Address + path)
	require.NoError(t, err)
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	return string(body)
}

// recorder collects what callbacks hear and lets a test wait for it.
type recorder[T any] struct {
	mu    sync.Mutex
	items []T
	more  chan struct{}
}

func newRecorder[T any]() *recorder[T] { return &recorder[T]{more: make(chan struct{}, 1)} }

func (r *recorder[T]) add(item T) {
	r.mu.Lock()
	r.items = append(r.items, item)
	r.mu.Unlock()
	select {
	case r.more <- struct{}{}:
	default:
	}
}

func (r *recorder[T]) all() []T {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]T(nil), r.items...)
}

// await waits until one of the items matches and returns it.
func (r *recorder[T]) await(t testing.TB, what string, match func(T) bool) T {
	t.Helper()
	ctx := enginetest.Context(t)
	for {
		for _, item := range r.all() {
			if match(item) {
				return item
			}
		}
		select {
		case <-r.more:
		case <-ctx.Done():
			t.Fatalf("waiting for %s; there was %+v", what, r.all())
		}
	}
}

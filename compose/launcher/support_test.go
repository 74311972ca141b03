package launcher

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/docker/docker/api/types/filters"
	dockerimage "github.com/docker/docker/api/types/image"
	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/compose/docker"
	"github.com/same-origin/devproxy/compose/internal/enginetest"
)

// binary is the test worker, built once per test process.
var binary = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "worker")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	app := filepath.Join(dir, "app")
	build := exec.Command("go", "build", "-ldflags=-s -w", "-o", app, "./testdata/worker")
	build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux")
	if output, err := build.CombinedOutput(); err != nil {
		return nil, &exec.Error{Name: strings.TrimSpace(string(output)), Err: err}
	}
	return os.ReadFile(app)
})

// image makes an image of the test worker, removed with the test.
func image(t testing.TB, engine *docker.Engine) string {
	t.Helper()
	content, err := binary()
	require.NoError(t, err)
	name := "devproxytest-" + uuid.NewString()[:8] + ":test"
	_, err = engine.BuildFromBinary(enginetest.Context(t), name, map[string]docker.File{"/app": {Content: content, Mode: 0o755}},
		docker.Config{Entrypoint: []string{"/app"}, Env: []string{"FROM_IMAGE=a $b \"c\""}})
	require.NoError(t, err)
	t.Cleanup(func() { // the engine may still be removing the last container by itself
		require.Eventually(t, func() bool { return engine.DropImage(context.Background(), name) == nil }, enginetest.Timeout, 50*time.Millisecond)
	})
	return name
}

// bench is a launcher under test and what it told.
type bench struct {
	*Launcher
	t      testing.TB
	engine *docker.Engine
	image  string
	cfg    Config

	mu       sync.Mutex
	captures []Capture
	outcomes []Outcome
}

// open gives a launcher that leaves nothing behind.
func open(t testing.TB, engine *docker.Engine, cfg Config) *bench {
	t.Helper()
	b := &bench{t: t, engine: engine, cfg: cfg}
	if b.cfg.StateFile == "" {
		b.cfg.StateFile = filepath.Join(t.TempDir(), "launcher.json")
	}
	b.cfg.Hooks = Hooks{Captured: b.captured, Ended: b.ended}
	b.image = image(t, engine)
	b.reopen()
	enginetest.Afterwards(t, func(ctx context.Context) error {
		b.Close()
		return b.removeAll(ctx)
	})
	return b
}

// reopen takes up where the launcher before left.
func (b *bench) reopen() {
	b.t.Helper()
	l, err := Open(enginetest.Context(b.t), b.engine, b.cfg)
	require.NoError(b.t, err)
	b.Launcher = l
}

func (b *bench) removeAll(ctx context.Context) error {
	left, err := b.engine.Containers(ctx, b.ours())
	if err != nil {
		return err
	}
	for _, c := range left {
		if err := b.engine.DiscardContainer(ctx, c.ID); err != nil {
			return err
		}
	}
	for _, s := range b.Snapshots() {
		if err := b.engine.RemoveImage(ctx, s.Image); err != nil {
			return err
		}
	}
	return b.census(ctx)
}

// census counts what is left of the launcher's images and volumes: none.
func (b *bench) census(ctx context.Context) error {
	labels := map[string]string{LabelSnapshotOf: b.Instance()}
	if err := b.engine.PruneImages(ctx, labels); err != nil {
		return err
	}
	left, err := enginetest.Raw(b.t, b.engine).ImageList(ctx, dockerimage.ListOptions{All: true, Filters: filters.NewArgs(filters.Arg("label", LabelSnapshotOf+"="+b.Instance()))})
	if err == nil && len(left) > 0 {
		err = fmt.Errorf("%d images are left", len(left))
	}
	volumes, failed := b.engine.UnusedVolumes(ctx, map[string]string{LabelInstance: b.Instance()})
	if failed == nil && len(volumes) > 0 {
		failed = fmt.Errorf("volumes %v are left", volumes)
	}
	return errors.Join(err, failed)
}

func (b *bench) captured(c Capture) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.captures = append(b.captures, c)
}

func (b *bench) ended(_ Job, o Outcome) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.outcomes = append(b.outcomes, o)
}

func (b *bench) sources() (list []Source) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, c := range b.captures {
		list = append(list, c.Source)
	}
	return list
}

func (b *bench) all() []Outcome {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]Outcome(nil), b.outcomes...)
}

// job is a job of the test worker.
func (b *bench) job(command ...string) Job {
	return Job{ID: uuid.NewString()[:8], Type: "test", Project: "Proj/A", Item: "Item 1", Image: b.image, Local: true, Command: command, Memory: 64 << 20}
}

func (b *bench) launch(j Job) *Worker {
	b.t.Helper()
	w, err := b.Launch(enginetest.Context(b.t), j)
	require.NoError(b.t, err)
	return w
}

// run launches a job and waits for its end.
func (b *bench) run(j Job) Outcome {
	b.t.Helper()
	return b.wait(b.launch(j))
}

func (b *bench) wait(w *Worker) Outcome {
	b.t.Helper()
	o, err := w.Wait(enginetest.Context(b.t))
	require.NoError(b.t, err)
	return o
}

func (b *bench) containers() []docker.Container {
	b.t.Helper()
	list, err := b.engine.Containers(enginetest.Context(b.t), b.ours())
	require.NoError(b.t, err)
	return list
}

// gone waits until no container of the launcher is left; the engine removes some
// by itself, a moment after their end.
func (b *bench) gone() {
	b.t.Helper()
	require.Eventually(b.t, func() bool { return len(b.containers()) == 0 }, enginetest.Timeout, 20*time.Millisecond)
}

// printed waits until a container has written a line.
func (b *bench) printed(id, line string) {
	b.t.Helper()
	ctx, cancel := context.WithCancel(enginetest.Context(b.t))
	defer cancel()
	found := false
	_ = b.engine.Logs(ctx, id, docker.LogQuery{Follow: true, Tail: -1}, func(l docker.LogLine) error {
		if l.Text == line {
			found = true
			cancel()
		}
		return nil
	})
	require.True(b.t, found)
}

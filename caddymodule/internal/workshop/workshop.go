// Package workshop runs the commands of builds in containers: each in a worker
// of its own that sees the sources, cannot write to them, and gives back the
// folders that were asked for.
//
// The engine owns one [Workshop] and gives each loop whose extension asks for a
// container a [build.Runner] of it. It calls compose/launcher, which owns the
// workers, and looks for the container engine when the first one is needed.
package workshop

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"sync"
	"time"

	"github.com/same-origin/devproxy/caddymodule/internal/build"
	"github.com/same-origin/devproxy/compose/docker"
	"github.com/same-origin/devproxy/compose/launcher"
	"github.com/same-origin/devproxy/compose/project"
)

// Config says where the workshop keeps things, and whose services it knows.
type Config struct {
	StateDir string
	// Project is where `service:NAME` is looked up.
	Project project.Options
}

// Workshop is safe for concurrent use. Close ends it.
type Workshop struct {
	log   *slog.Logger
	ctx   context.Context
	end   context.CancelFunc
	tasks sync.WaitGroup

	mu       sync.Mutex
	cfg      Config
	engine   *docker.Engine
	launcher *launcher.Launcher
}

// New gives a workshop that has started nothing yet.
func New(log *slog.Logger) *Workshop {
	w := &Workshop{log: log}
	w.ctx, w.end = context.WithCancel(context.Background())
	return w
}

// Configure is for what comes next; the state folder stays that of the first
// worker.
func (w *Workshop) Configure(cfg Config) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.cfg = cfg
}

func (w *Workshop) config() Config {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.cfg
}

// Runner runs commands in containers of that kind. What an earlier process left
// is cleared up in the background already.
func (w *Workshop) Runner(c build.Container) build.Runner {
	w.tasks.Go(func() {
		if _, err := w.open(w.ctx); err != nil && w.ctx.Err() == nil {
			w.log.Warn("opening the workshop of build containers", "error", err) // the first build says it again
		}
	})
	return &room{workshop: w, container: c}
}

// kind is the type of the workshop's jobs.
const kind = "build"

// open gives the launcher, and makes it when there is none.
func (w *Workshop) open(ctx context.Context) (*launcher.Launcher, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.launcher != nil || w.ctx.Err() != nil {
		return w.launcher, w.ctx.Err()
	}
	engine, err := docker.Connect(ctx, docker.Options{})
	if err != nil {
		return nil, err
	}
	made, err := w.launch(ctx, engine)
	if err != nil {
		_ = engine.Close() // idle connections only
		return nil, err
	}
	w.engine, w.launcher = engine, made
	// nobody waits for what an earlier process was building
	for _, job := range made.Active() {
		made.Kill(job.ID, 0)
	}
	return made, nil
}

func (w *Workshop) launch(ctx context.Context, engine *docker.Engine) (*launcher.Launcher, error) {
	return launcher.Open(ctx, engine, launcher.Config{
		StateFile: filepath.Join(w.cfg.StateDir, "workers.json"), Log: w.log,
		SlotWait: 75 * time.Second, // four times that, when a build is dispatched
		// a snapshot for each command of each extension, over a weekend
		Snapshots: launcher.Limits{Count: 20, TTL: 7 * 24 * time.Hour},
	})
}

// Close ends the workshop. Its builds are to have ended.
func (w *Workshop) Close() error {
	w.end()
	w.tasks.Wait()
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.launcher == nil {
		return nil
	}
	w.launcher.Close()
	if err := w.engine.Close(); err != nil {
		return fmt.Errorf("closing the workshop: %w", err)
	}
	return nil
}

package container

import (
	"context"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/same-origin/devproxy/caddymodule/internal/watch"
	"github.com/same-origin/devproxy/compose/stack"
)

// folders are what the develop.watch rules of the project's runner are about.
type folders struct {
	changes chan []string // files by their absolute paths
	cancel  context.CancelFunc
	running sync.WaitGroup
}

// watchFolders begins to watch. Call it before the project is built: what changes
// from then on is told, if only later.
func (r *Runner) watchFolders(ctx context.Context, s *stack.Stack) *folders {
	ctx, cancel := context.WithCancel(ctx)
	f := &folders{changes: make(chan []string), cancel: cancel}
	for _, root := range s.WatchRoots() {
		w, err := watch.New(ctx, watch.Options{Root: root, UseDockerignore: true, Log: r.hooks.Log})
		if err != nil {
			r.hooks.Log.Warn("watching for develop.watch", "folder", root, "error", err)
			continue
		}
		f.running.Go(func() {
			defer w.Close()
			passOn(ctx, w, root, f.changes)
		})
	}
	return f
}

// close ends the watch; that of none has ended.
func (f *folders) close() {
	if f != nil {
		f.cancel()
		f.running.Wait()
	}
}

// develop carries out the develop.watch rules until ctx ends: one plan at a time,
// while a rebuild gives way to the one after it. That one goes on to its end,
// else a file that keeps changing would be built never.
func (r *Runner) develop(ctx context.Context, s *stack.Stack, changes <-chan []string) {
	var pending []string
	gaveWay := false
	for {
		if gaveWay {
			pending = gather(ctx, pending, changes)
		}
		if len(pending) > 0 {
			pending, gaveWay = r.carry(ctx, s, pending, changes, !gaveWay)
			continue
		}
		select {
		case pending = <-changes:
		case <-ctx.Done():
			return
		}
	}
}

const (
	quiet   = 30 * time.Millisecond
	longest = 250 * time.Millisecond
)

// gather adds what else changes to pending, until nothing has for a quiet period,
// but not for longer than the longest.
func gather(ctx context.Context, pending []string, changes <-chan []string) []string {
	ctx, cancel := context.WithTimeout(ctx, longest)
	defer cancel()
	for {
		calm := time.NewTimer(quiet)
		select {
		case later := <-changes:
			calm.Stop()
			pending = append(pending, later...)
		case <-calm.C:
			return pending
		case <-ctx.Done():
			calm.Stop()
			return pending
		}
	}
}

// passOn sends the changed files of a folder by their absolute paths. The watcher
// merges what comes while nobody takes it.
func passOn(ctx context.Context, w *watch.Watcher, root string, changes chan<- []string) {
	for batch := range w.Batches() {
		files := make([]string, len(batch.Changes))
		for i, change := range batch.Changes {
			files[i] = filepath.Join(root, filepath.FromSlash(change.Path))
		}
		select {
		case changes <- files:
		case <-ctx.Done():
			return
		}
	}
}

// carry carries out what the changed files ask for. It returns what changed
// meanwhile, together with those whose rebuild gave way to another, if it may.
func (r *Runner) carry(ctx context.Context, s *stack.Stack, changed []string, changes <-chan []string, mayGiveWay bool) (next []string, gaveWay bool) {
	plan, err := s.Plan(changed)
	if err != nil {
		r.failed(s, plan, err)
		return nil, false
	}
	if plan.Empty() {
		return nil, false
	}
	if plan.Rebuild {
		r.builds.begin()
	}
	attempt, cancel := context.WithCancel(ctx)
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- r.carryOut(attempt, s, plan) }()
	for {
		select {
		case later := <-changes:
			next = append(next, later...)
			if newer, err := s.Plan(later); plan.Rebuild && err == nil && newer.Rebuild && mayGiveWay {
				cancel()
			}
		case err := <-done:
			if err != nil && attempt.Err() != nil && ctx.Err() == nil {
				return slices.Concat(changed, next), true // the latest wins
			}
			if err != nil && ctx.Err() == nil {
				r.failed(s, plan, err)
			}
			return next, false
		}
	}
}

func (r *Runner) carryOut(ctx context.Context, s *stack.Stack, plan stack.Plan) error {
	before := s.Live()
	live, err := s.Carry(ctx, plan)
	if err != nil {
		return err
	}
	level := slog.LevelInfo
	if live == before && len(plan.Sync) == 0 {
		level = slog.LevelDebug // the source of a program that is not built yet
	}
	r.hooks.Log.Log(ctx, level, "carried out develop.watch", "changed", because(plan), "files", len(plan.Because),
		"rebuild", plan.Rebuild, "restart", plan.Restart, "synced", len(plan.Sync), "generation", live.Number)
	if r.faulted.Swap(false) {
		r.hooks.Up()
	}
	return nil
}

// failed tells why a plan came to nothing.
func (r *Runner) failed(s *stack.Stack, plan stack.Plan, err error) {
	code, words, fix := describe(err)
	r.hooks.Log.Warn("carrying out develop.watch: "+words, "changed", because(plan), "code", code, "fix", fix)
	if s.Live() == nil {
		r.hooks.Down(code, words, fix)
		return
	}
	r.faulted.Store(true)
	r.hooks.Degraded(code, words, fix)
}

// because names some of the files that changed.
func because(plan stack.Plan) string {
	const shown = 3
	var names []string
	for _, file := range plan.Because[:min(len(plan.Because), shown)] {
		names = append(names, filepath.Base(file))
	}
	return strings.Join(names, ", ")
}

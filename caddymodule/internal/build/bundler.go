package build

import (
	"context"
	"path/filepath"
	"sync"
	"time"

	"github.com/evanw/esbuild/pkg/api"

	"github.com/same-origin/devproxy/caddymodule/internal/event"
)

// Bundler makes one target of one extension with esbuild, in process and in
// memory. It keeps what it parsed, so that a rebuild costs what changed. It is
// safe for concurrent use; one build runs at a time.
type Bundler struct {
	plan   Plan
	target event.Target

	mu      sync.Mutex
	entries []entry // of the UI, that the contexts were made for
	bundles []api.BuildContext
}

// NewBundler gives a Bundler of a target of plan; the caller ends it with
// Close. A Handler needs the plan's HandlerEntry.
func NewBundler(plan Plan, target event.Target) *Bundler {
	return &Bundler{plan: plan, target: target}
}

// Build makes the target from what is on disk now. When ctx ends first, the
// result is superseded.
func (b *Bundler) Build(ctx context.Context) Result {
	b.mu.Lock()
	defer b.mu.Unlock()
	began := time.Now()
	result := b.build(ctx)
	if ctx.Err() != nil {
		result = Result{Superseded: true}
	}
	result.Took = time.Since(began)
	return result
}

// Close frees what was kept; the Bundler may be used again.
func (b *Bundler) Close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.reset()
}

func (b *Bundler) reset() {
	for _, bundle := range b.bundles {
		bundle.Dispose()
	}
	b.bundles, b.entries = nil, nil
}

func (b *Bundler) build(ctx context.Context) Result {
	if b.target == event.Handler {
		return b.buildHandler(ctx)
	}
	return b.buildUI(ctx)
}

// open prepares one bundle; without entries there is none.
func (b *Bundler) open(o api.BuildOptions) []event.Problem {
	if len(o.EntryPoints)+len(o.EntryPointsAdvanced) == 0 {
		return nil
	}
	bundle, err := api.Context(o)
	if err != nil {
		return problemsOf(b.plan.Dir, err.Errors)
	}
	b.bundles = append(b.bundles, bundle)
	return nil
}

func failed(problem event.Problem) Result {
	return Result{Problems: []event.Problem{problem}}
}

// bundlePath gives the bundle path of a file that esbuild made.
func (b *Bundler) bundlePath(file string) string {
	name, err := filepath.Rel(b.plan.Dir, file)
	if err != nil {
		return filepath.ToSlash(file)
	}
	return filepath.ToSlash(name)
}

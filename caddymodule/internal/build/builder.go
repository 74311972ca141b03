package build

import (
	"context"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/same-origin/devproxy/caddymodule/internal/event"
)

// Job is one build that is due.
type Job struct {
	Target event.Target
	Number int // from 1, counted over the extension's targets
	// Changed is what was saved since the last build that was not cut short,
	// relative to the folder, sorted; empty for a first build.
	Changed []string
}

// Hooks are what a Builder calls: Build and Done from a goroutine that the
// target has to itself, Loops from whoever called Start.
type Hooks struct {
	// Build builds and returns soon after its context ends.
	Build func(ctx context.Context, job Job) Result
	// Done gets the result of every build, in order for each target, those
	// that were cut short included.
	Done func(job Job, result Result)
	// Loops is told that a build writes what it is built from; the reruns for
	// that have stopped.
	Loops func(target event.Target, problem event.Problem)
	// Idle is called when a target may have nothing more to build, after
	// Done; it may be nil.
	Idle func()
}

// Builder decides when a target is built: at once, but a burst of changes is
// waited for; one build at a time, the latest wins. It is safe for concurrent
// use.
type Builder struct {
	ctx   context.Context // the life of the builds
	end   context.CancelFunc
	dir   string
	hooks Hooks

	mu     sync.Mutex
	number int
	queues map[event.Target]*queue
	ended  bool
	done   sync.WaitGroup
}

// NewBuilder gives a Builder of the extension in dir, whose builds end with ctx
// or with Close.
func NewBuilder(ctx context.Context, dir string, hooks Hooks) *Builder {
	ctx, end := context.WithCancel(ctx)
	return &Builder{ctx: ctx, end: end, dir: dir, hooks: hooks, queues: map[event.Target]*queue{}}
}

// Start asks for a build of target because changed was saved; a build that
// runs is cut short, and one follow-up runs for all that came meanwhile. It
// never waits.
func (b *Builder) Start(target event.Target, changed ...string) {
	if q := b.queue(target); q != nil {
		q.ask(changed)
	}
}

// Busy says whether a build of one of targets is due, runs, or ended with a
// result that Done has not taken yet.
func (b *Builder) Busy(targets ...event.Target) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, target := range targets {
		if q := b.queues[target]; q != nil && q.busy() {
			return true
		}
	}
	return false
}

// queue gives the target's queue, or nil when the builder has ended.
func (b *Builder) queue(target event.Target) *queue {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.ended || b.ctx.Err() != nil {
		return nil
	}
	q := b.queues[target]
	if q == nil {
		q = newQueue(b, target)
		b.queues[target] = q
		b.done.Go(q.work)
	}
	return q
}

// Close cuts short what runs and returns when it has ended.
func (b *Builder) Close() {
	b.mu.Lock()
	b.ended = true
	b.mu.Unlock()
	b.end()
	b.done.Wait()
}

func (b *Builder) next() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.number++
	return b.number
}

// written tells when a file of the extension was last written; zero when it is
// gone.
func (b *Builder) written(name string) time.Time {
	info, err := os.Stat(filepath.Join(b.dir, filepath.FromSlash(name)))
	if err != nil {
		return time.Time{}
	}
	return info.ModTime()
}

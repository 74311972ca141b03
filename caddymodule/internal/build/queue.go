package build

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/same-origin/devproxy/caddymodule/internal/event"
)

// queue holds what is wanted of one target, and its goroutine builds it.
type queue struct {
	builder *Builder
	target  event.Target
	wake    chan struct{} // holds at most one

	mu      sync.Mutex
	wanted  bool
	taken   bool            // until the result is handed over
	changed map[string]bool // since the last build that was not cut short
	pace    pace
	loop    loop
	cut     context.CancelFunc // of the build that runs, or nil
}

func newQueue(b *Builder, target event.Target) *queue {
	return &queue{builder: b, target: target, wake: make(chan struct{}, 1), changed: map[string]bool{}}
}

// ask notes a request and cuts short what it outdates.
func (q *queue) ask(changed []string) {
	q.mu.Lock()
	looping := q.loop.note(changed, time.Now(), q.cut != nil, q.builder.written)
	if looping == "" {
		q.want(changed)
	}
	q.mu.Unlock()
	if looping != "" {
		q.builder.hooks.Loops(q.target, loopProblem(looping))
	}
}

func (q *queue) want(changed []string) {
	for _, name := range changed {
		q.changed[name] = true
	}
	q.wanted = true
	q.pace.change(time.Now(), q.loop.patience())
	if q.cut != nil {
		q.cut()
	}
	select {
	case q.wake <- struct{}{}:
	default: // it is awake already
	}
}

// work builds what is wanted until the builder ends.
func (q *queue) work() {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		if wait, wanted := q.wait(); wanted {
			timer.Reset(wait)
		} else {
			timer.Stop()
		}
		select {
		case <-q.builder.ctx.Done():
			return
		case <-q.wake:
		case <-timer.C:
			q.build()
		}
	}
}

// wait says how long the next build is to wait for calm.
func (q *queue) wait() (time.Duration, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	return time.Until(q.pace.due), q.wanted
}

func (q *queue) build() {
	ctx, cut := context.WithCancel(q.builder.ctx)
	defer cut()
	job, ready := q.take(cut)
	if !ready {
		return
	}
	job.Number = q.builder.next()
	result := q.builder.hooks.Build(ctx, job)
	q.finish(job, result)
	q.builder.hooks.Done(job, result)
	q.handOver()
}

// handOver comes after Done, so that nobody takes the target for idle while its
// result is on the way.
func (q *queue) handOver() {
	q.mu.Lock()
	q.taken = false
	q.mu.Unlock()
	if idle := q.builder.hooks.Idle; idle != nil {
		idle()
	}
}

func (q *queue) busy() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.wanted || q.taken
}

// take gives the job that is due; it is not when more was asked for since the
// timer fired.
func (q *queue) take(cut context.CancelFunc) (Job, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if !q.wanted || time.Until(q.pace.due) > 0 {
		return Job{}, false
	}
	job := Job{Target: q.target, Changed: slices.Sorted(maps.Keys(q.changed))}
	q.wanted, q.taken, q.changed, q.cut = false, true, map[string]bool{}, cut
	q.pace.built(time.Now())
	q.loop.begin(time.Now())
	return job, true
}

// finish gives back the changes of a build that was cut short.
func (q *queue) finish(job Job, result Result) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.cut = nil
	q.loop.end(time.Now(), result)
	if result.Superseded {
		for _, name := range job.Changed {
			q.changed[name] = true
		}
	}
}

package launcher

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/same-origin/devproxy/compose/docker"
)

// Worker is one job's container.
type Worker struct {
	launcher *Launcher
	job      Job
	id       string // of the container
	image    string // that it was made of
	reused   bool   // that is a snapshot
	secrets  []string
	started  time.Time
	place    bool   // it holds one of the launcher's places
	adopted  bool   // from an earlier launcher
	resume   Status // why that was killing it

	output *docker.Output // nil where its log will do: the engine does not remove it as it ends

	ctx    context.Context // of what is asked of the engine for as long as it runs
	cancel context.CancelFunc

	kills   chan time.Duration // the grace
	done    chan struct{}
	outcome Outcome // once done is closed

	ending Status // why it is being killed; of watch's goroutine
}

func (l *Launcher) newWorker(j Job, id, image string, reused bool, secrets []string) *Worker {
	w := &Worker{
		launcher: l, job: j, id: id, image: image, reused: reused, secrets: secrets, place: true,
		kills: make(chan time.Duration, 1), done: make(chan struct{}),
	}
	w.ctx, w.cancel = context.WithCancel(l.ctx)
	return w
}

// Job is what the worker does.
func (w *Worker) Job() Job { return w.job }

// Container is the id of its container.
func (w *Worker) Container() string { return w.id }

// Kill ends the worker: politely at first, by force after the grace. It does not
// wait.
func (w *Worker) Kill(grace time.Duration) {
	select {
	case w.kills <- grace:
	default: // it is being killed already
	}
}

// Wait waits until the worker has ended and what is to be kept of it is kept.
func (w *Worker) Wait(ctx context.Context) (Outcome, error) {
	select {
	case <-w.done:
		return w.outcome, nil
	case <-ctx.Done():
		return Outcome{}, fmt.Errorf("waiting for job %s: %w", w.job.ID, ctx.Err())
	}
}

var errTwice = errors.New("one of that id runs already")

// watch takes the worker among the active ones and follows it to its end.
func (l *Launcher) watch(w *Worker, exit <-chan docker.Exit) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return fmt.Errorf("launching job %s: %w", w.job.ID, errClosed)
	}
	if l.active[w.job.ID] != nil {
		return fmt.Errorf("launching job %s: %w", w.job.ID, errTwice)
	}
	l.active[w.job.ID] = w
	l.known[w.id] = true
	l.tasks.Go(func() { w.follow(l.ctx, exit) })
	return nil
}

// follow is the one goroutine that decides what becomes of the worker.
func (w *Worker) follow(ctx context.Context, exit <-chan docker.Exit) {
	timer := time.NewTimer(time.Until(w.started.Add(w.job.timeout(w.launcher.cfg))))
	defer timer.Stop()
	printed := w.tail(ctx)
	stopped := make(chan error, 1)
	if w.resume != "" {
		w.stop(ctx, w.resume, 0, stopped)
	}
	for {
		select {
		case <-ctx.Done():
			printed.end(ctx)
			w.finish(Outcome{Status: Detached, Code: -1})
			return
		case <-timer.C:
			w.stop(ctx, TimedOut, w.job.grace(), stopped)
		case grace := <-w.kills:
			w.stop(ctx, Killed, grace, stopped)
		case err := <-stopped:
			if err == nil || ctx.Err() != nil {
				continue // its end is on the way
			}
			w.launcher.cfg.Log.Warn("stopping a worker", "job", w.job.ID, "error", err)
			w.finish(Outcome{Status: w.ending, Code: -1, Reason: w.reason(), Tail: printed.end(ctx), Took: time.Since(w.started), Err: err})
			return
		case e := <-exit:
			if ctx.Err() == nil {
				w.finish(w.ended(ctx, e, printed))
				return
			}
		}
	}
}

// stop begins to end the worker; the first reason stays.
func (w *Worker) stop(ctx context.Context, why Status, grace time.Duration, stopped chan<- error) {
	if w.ending != "" {
		return
	}
	w.ending = why
	l := w.launcher
	l.change(func(k *kept) { k.Ending[w.id] = why })
	if why == TimedOut {
		l.capture(Capture{Source: SourceTimeout, Warning: true, Job: w.job, Err: fmt.Errorf("running job %s: %s", w.job.ID, w.reason())})
	}
	// this goroutine is one of the launcher's tasks, which Close waits for
	l.tasks.Go(func() { stopped <- l.engine.StopContainer(ctx, w.id, grace) })
}

// reason says why the worker was killed; empty when it was not.
func (w *Worker) reason() string {
	switch w.ending {
	case TimedOut:
		return fmt.Sprintf("it ran longer than %v and was killed", w.job.timeout(w.launcher.cfg))
	case Killed:
		return "it was killed"
	}
	return ""
}

// finish lets go of all that the worker holds.
func (w *Worker) finish(o Outcome) {
	l := w.launcher
	o.Reused = w.reused
	l.mu.Lock()
	delete(l.active, w.job.ID)
	delete(l.known, w.id)
	l.mu.Unlock()
	if w.place {
		l.slots.Release(1)
	}
	w.cancel()
	w.outcome = o
	if o.Status != Detached {
		l.change(func(k *kept) { delete(k.Ending, w.id) })
		if l.cfg.Hooks.Ended != nil {
			l.cfg.Hooks.Ended(w.job, o)
		}
	}
	close(w.done)
}

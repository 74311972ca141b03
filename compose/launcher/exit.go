package launcher

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/same-origin/devproxy/compose/docker"
)

// ended looks at a worker that ended, keeps what is to be kept of it, in this
// order: what it made, its snapshot; and removes it.
func (w *Worker) ended(ctx context.Context, exit docker.Exit, printed *tail) Outcome {
	if exit.Err != nil {
		return w.lost(ctx, exit.Err, printed)
	}
	o := Outcome{Status: w.ending, Code: exit.Code, Took: time.Since(w.started)}
	ending, inspected := w.look(ctx, exit.Code)
	if inspected != nil && !w.job.autoRemove() {
		w.launcher.cfg.Log.Warn("looking at a worker that ended", "job", w.job.ID, "error", inspected)
	}
	o.OOMKilled = ending.OOMKilled
	if ending.Took > 0 {
		o.Took = ending.Took
	}
	o.Tail = printed.end(ctx)
	w.judge(&o, ending)
	if o.Status == Succeeded && w.job.Collect != nil {
		o.Err = w.job.Collect(ctx, w.tree)
		if o.Err != nil {
			o.Status, o.Reason = Failed, o.Err.Error()
		}
	}
	// what cannot be inspected is not committed: nobody knows what it is
	if o.Status == Succeeded && inspected == nil {
		o.Snapshot = w.keep(ctx)
	}
	w.remove(ctx)
	return o
}

const (
	forced   = 137 // the code of what SIGKILL ended
	lateness = 100 * time.Millisecond
	lateLook = 10
)

// look inspects a worker that ended. Of a kill for want of memory the engine may
// hear only after the end, so one that nobody here asked for is looked at again.
func (w *Worker) look(ctx context.Context, code int) (ending docker.Ending, err error) {
	ticker := time.NewTicker(lateness)
	defer ticker.Stop()
	for range lateLook {
		ending, err = w.launcher.engine.InspectEnding(ctx, w.id)
		if err != nil || code != forced || w.ending != "" || ending.OOMKilled {
			break
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return ending, ctx.Err()
		}
	}
	return ending, err
}

// judge says how the worker ended, and tells of a crash.
func (w *Worker) judge(o *Outcome, ending docker.Ending) {
	switch {
	case o.Status != "":
		o.Reason = w.reason()
	case o.Code == 0:
		o.Status = Succeeded
	default:
		o.Status = Failed
		o.Reason = crash(o.Code, ending)
	}
	if o.Code != 0 && w.ending == "" {
		w.launcher.capture(Capture{Source: SourceExit, Job: w.job, Err: fmt.Errorf("running job %s: %s", w.job.ID, o.Reason)})
	}
}

func crash(code int, ending docker.Ending) string {
	text := fmt.Sprintf("Worker crashed with exit code %d · OOMKilled=%t", code, ending.OOMKilled)
	if ending.Fault != "" {
		text += fmt.Sprintf(" · reason=%q", ending.Fault)
	}
	return text
}

// lost is a worker whose end the engine could not tell.
func (w *Worker) lost(ctx context.Context, err error, printed *tail) Outcome {
	w.launcher.capture(Capture{Source: SourceWait, Job: w.job, Err: err})
	o := Outcome{Status: w.ending, Code: -1, Reason: w.reason(), Tail: printed.end(ctx), Took: time.Since(w.started), Err: err}
	if o.Status == "" {
		o.Status, o.Reason = Lost, err.Error()
	}
	w.remove(ctx)
	return o
}

// remove removes the container, unless the engine does; what is left of it is
// the orphan scan's.
func (w *Worker) remove(ctx context.Context) {
	if w.job.autoRemove() && !w.adopted {
		return
	}
	if err := w.launcher.engine.DiscardContainer(ctx, w.id); err != nil && ctx.Err() == nil {
		w.launcher.cfg.Log.Warn("removing a worker", "job", w.job.ID, "error", err)
	}
}

func (w *Worker) tree(ctx context.Context, path string) (io.ReadCloser, error) {
	return w.launcher.engine.ReadTree(ctx, w.id, path)
}

package launcher

import (
	"context"
	"time"

	"github.com/same-origin/devproxy/compose/docker"
)

const (
	tailLines = 50
	// lastWords is how long after its end a worker's output may still come.
	lastWords = 2 * time.Second
)

// tail follows what a worker prints and keeps the last of it.
type tail struct {
	lines  []string // once done is closed
	done   chan struct{}
	cancel context.CancelFunc
}

func (w *Worker) tail(ctx context.Context) *tail {
	ctx, cancel := context.WithCancel(ctx)
	t := &tail{done: make(chan struct{}), cancel: cancel}
	w.launcher.tasks.Go(func() {
		defer close(t.done)
		// what cannot be read is done without: the container may be gone
		_ = w.read(ctx, func(line docker.LogLine) {
			if len(t.lines) == tailLines {
				t.lines = append(t.lines[:0], t.lines[1:]...)
			}
			t.lines = append(t.lines, line.Text)
			if w.job.Output != nil {
				w.job.Output(line.Text)
			}
		})
	})
	return t
}

// read reads what the worker prints until it ends.
func (w *Worker) read(ctx context.Context, tell func(docker.LogLine)) error {
	if w.output != nil {
		defer context.AfterFunc(ctx, w.output.Close)()
		return w.output.Lines(tell)
	}
	query := docker.LogQuery{Follow: true, Tail: -1}
	if w.adopted {
		query.Tail = tailLines // the rest was told already
	}
	return w.launcher.engine.Logs(ctx, w.id, query, func(line docker.LogLine) error { tell(line); return nil })
}

// end gives the last lines; nothing is told to anybody afterwards.
func (t *tail) end(ctx context.Context) []string {
	defer t.cancel()
	select {
	case <-t.done:
		return t.lines
	case <-ctx.Done():
	case <-time.After(lastWords):
	}
	t.cancel()
	<-t.done
	return t.lines
}

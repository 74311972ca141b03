// Package watch tells which files below a folder have changed, in batches
// that hold one save, or one checkout, each.
//
// The engine calls it, for the sources of an extension and for the build
// context of a container runner. It calls fsnotify where that works, and
// compares the tree by the clock where it does not.
//
// What an event says is never believed: it marks a path, and the path is then
// looked at. Only another content, by digest, is a change; so a touch, a
// save without a change, a file that was written and deleted again, and every
// dance that an editor does around a save come out as what they mean.
//
// A batch that follows a calm is handed on as soon as the save looks complete
// (1 ms after its last event). One that found a file empty or gone waits
// for the quiet period, as editors pass through these states; so does
// whatever follows within the quiet period of the last event.
//
// A link to a file counts as that file, also outside of the tree. A link to a
// folder outside is followed; one to a place that is watched already is not.
package watch

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"sync"
	"time"
)

// Options say what to watch. Only Root is needed.
type Options struct {
	// Root is the folder. It may not exist yet, and may be deleted, moved
	// away and made again. A relative path counts from the working directory.
	Root string
	// Ignore has patterns in the syntax of .gitignore, such as "dist/" for an
	// output of the build. They come after those of the tree's own files, so
	// "!.env" watches what git leaves out. Version control's own folder,
	// node_modules and editors' temporary files are ignored in any case.
	Ignore []string
	// UseDockerignore reads the .dockerignore of Root. Otherwise each
	// .gitignore of the tree counts, and those above Root up to the top of
	// the repository (which are read when the watch begins).
	UseDockerignore bool
	// Quiet is how long nothing may happen before changes that follow another
	// batch are handed on. Default: 30 ms.
	Quiet time.Duration
	// Longest bounds the wait while events keep coming. Default: 250 ms.
	Longest time.Duration
	// Poll above 0 compares the tree at that interval instead of asking the
	// operating system for events. With 0 that happens only where there are
	// no events to be had, every 300 ms.
	Poll time.Duration
	// Log gets what cannot be watched, once each. Default: nothing is logged.
	Log *slog.Logger
}

// Watcher watches one folder. Its methods may be called by any goroutine.
type Watcher struct {
	batches chan Batch
	cancel  context.CancelFunc
	running sync.WaitGroup

	mu     sync.Mutex
	status Status
}

// New takes the tree as it is for the base line, and watches until ctx ends
// or Close is called. What cannot be watched as events is polled, and said in
// the status; an error means that there is no path to watch.
func New(ctx context.Context, o Options) (*Watcher, error) {
	root, err := filepath.Abs(o.Root)
	if err != nil || o.Root == "" {
		return nil, fmt.Errorf("watching %q: naming a folder is needed", o.Root)
	}
	ctx, cancel := context.WithCancel(ctx)
	w := &Watcher{batches: make(chan Batch), cancel: cancel}
	l := newLoop(o.withDefaults(root), w)
	w.running.Go(func() {
		defer cancel()
		defer close(w.batches)
		l.run(ctx)
	})
	return w, nil
}

func (o Options) withDefaults(root string) Options {
	o.Root = root
	if o.Quiet <= 0 {
		o.Quiet = 30 * time.Millisecond
	}
	if o.Longest <= 0 {
		o.Longest = 250 * time.Millisecond
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return o
}

// Batches gives the changes, and is closed when the watch has ended. While
// nobody receives, changes go on being merged into the batch that waits: a
// file that was written twice is in it once, and one that is as it was in the
// batch before is not in it.
func (w *Watcher) Batches() <-chan Batch { return w.batches }

// Close ends the watch and waits until it has ended. It may be called again.
func (w *Watcher) Close() error {
	w.cancel()
	w.running.Wait()
	return nil
}

// Status gives how the folder is watched at the moment.
func (w *Watcher) Status() Status {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.status
}

func (w *Watcher) setStatus(s Status) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.status = s
}

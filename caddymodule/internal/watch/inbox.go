package watch

import (
	"errors"
	"path/filepath"
	"sync"
	"time"

	"github.com/fsnotify/fsnotify"
)

// inbox takes events in as fast as they come, while the loop may be reading
// files: the operating system's queue is short, and what does not fit in it
// is lost.
type inbox struct {
	signal chan struct{} // has a value while there is something to take

	mu  sync.Mutex
	now contents
}

// contents is what came in since the last look.
type contents struct {
	marks    map[string]mark // by absolute path
	overflow time.Time       // when the system dropped events; zero if it did not
	err      error           // why no more events may be expected
}

// mark is that something happened to a path.
type mark struct {
	first, last time.Time
	moved       bool
}

func newInbox() *inbox {
	return &inbox{signal: make(chan struct{}, 1), now: contents{marks: map[string]mark{}}}
}

// read takes the events of one fsnotify watcher until that is closed.
func (b *inbox) read(w *fsnotify.Watcher) {
	events, errs := w.Events, w.Errors
	for events != nil || errs != nil {
		select {
		case e, ok := <-events:
			if !ok {
				events = nil
				continue
			}
			b.put(e)
		case err, ok := <-errs:
			if !ok {
				errs = nil
				continue
			}
			b.fault(err)
		}
	}
}

// put leaves out what can be no change of content: other modes and times
// (also where an indexer or a backup has set them), and the names that
// nobody wants to know of.
func (b *inbox) put(e fsnotify.Event) {
	if e.Name == "" || e.Op == fsnotify.Chmod || alwaysIgnored(filepath.Base(e.Name)) {
		return
	}
	now := time.Now()
	b.mu.Lock()
	defer b.mu.Unlock()
	m, known := b.now.marks[e.Name]
	if !known {
		m.first = now
	}
	m.last = now
	m.moved = m.moved || e.Has(fsnotify.Rename)
	b.now.marks[e.Name] = m
	b.wake()
}

func (b *inbox) fault(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if errors.Is(err, fsnotify.ErrEventOverflow) {
		b.now.overflow = time.Now()
	} else if b.now.err == nil {
		b.now.err = err
	}
	b.wake()
}

func (b *inbox) wake() {
	select {
	case b.signal <- struct{}{}:
	default:
	}
}

// take empties the inbox.
func (b *inbox) take() contents {
	b.mu.Lock()
	defer b.mu.Unlock()
	c := b.now
	b.now = contents{marks: map[string]mark{}}
	return c
}

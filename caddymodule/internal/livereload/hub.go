package livereload

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/same-origin/devproxy/caddymodule/internal/event"
)

// hub knows the state of every extension and who wants to hear of it. It never
// waits for a listener: one that is slow finds the newest state when it looks,
// and never sees the ones between.
type hub struct {
	mu        sync.Mutex
	sequence  uint64
	states    map[string]*state
	runner    string // who answers, for pages to notice another
	listeners map[*listener]struct{}
	closed    bool
	done      chan struct{} // closed with the hub
}

// listener is one event stream.
type listener struct {
	extensions []string
	wake       chan struct{}   // holds one: "look again"
	news       map[string]bool // extensions that changed since it looked; under hub.mu
}

func newHub() *hub {
	return &hub{states: map[string]*state{}, listeners: map[*listener]struct{}{}, done: make(chan struct{})}
}

// apply brings the states up to date with e.
func (h *hub) apply(e event.Event) {
	switch e := e.(type) {
	case event.BuildStarted:
		h.change(e.Extension, func(s *state) bool { s.Building = true; return true })
	case event.BuildFailed:
		h.change(e.Extension, func(s *state) bool { s.failed(e); return true })
	case event.Published:
		h.change(e.Extension, func(s *state) bool { s.published(e); return true })
	case event.Trapped:
		h.change(e.Extension, func(s *state) bool { return s.trapped(e) })
	case event.RunnerChanged:
		h.runnerChanged(fmt.Sprintf("%s %d", e.Backend, e.Generation))
	}
}

func (h *hub) runnerChanged(runner string) {
	h.mu.Lock()
	h.runner = runner
	extensions := slices.Collect(maps.Keys(h.states))
	h.mu.Unlock()
	for _, extension := range extensions {
		h.change(extension, func(*state) bool { return true })
	}
}

func (h *hub) change(extension string, by func(*state) bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	// A copy: what a listener took is being written while this goes on.
	next := h.state(extension)
	if !by(&next) {
		return
	}
	h.sequence++
	next.Sequence, next.Runner = h.sequence, h.runner
	if next.encode() != nil {
		return // cannot be: strings and numbers only
	}
	h.states[extension] = &next
	for l := range h.listeners {
		if slices.Contains(l.extensions, extension) {
			l.tell(extension)
		}
	}
}

// state is called with h.mu held.
func (h *hub) state(extension string) state {
	if s, known := h.states[extension]; known {
		return *s
	}
	return *newState(extension)
}

// tell is called with hub.mu held.
func (l *listener) tell(extension string) {
	l.news[extension] = true
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// join makes a listener that has news of each extension at once. It is false
// when the hub is closed.
func (h *hub) join(extensions []string) (*listener, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return nil, false
	}
	l := &listener{extensions: extensions, wake: make(chan struct{}, 1), news: map[string]bool{}}
	for _, extension := range extensions {
		l.tell(extension)
	}
	h.listeners[l] = struct{}{}
	return l, true
}

func (h *hub) leave(l *listener) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.listeners, l)
}

// take gives the states that l has not seen, in the order in which they came
// to be.
func (h *hub) take(l *listener) []state {
	h.mu.Lock()
	defer h.mu.Unlock()
	var list []state
	for extension := range l.news {
		list = append(list, h.state(extension))
	}
	clear(l.news)
	slices.SortFunc(list, func(a, b state) int { return cmp.Compare(a.Sequence, b.Sequence) })
	return list
}

// look gives the state of extension as it stands. It is false when the hub is
// closed.
func (h *hub) look(extension string) (state, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.state(extension), !h.closed
}

func (h *hub) close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.closed {
		h.closed = true
		close(h.done)
	}
}

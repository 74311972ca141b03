package dashboard

import (
	"encoding/json"
	"fmt"
	"sync"
)

// waiting is how many messages may wait for a page; one that is slower is told
// everything anew.
const waiting = 512

// hub hands messages to the open pages, and never waits for one.
type hub struct {
	mu        sync.Mutex
	listeners map[*listener]struct{}
	closed    bool
	done      chan struct{} // closed with the hub
}

// listener is one page.
type listener struct {
	messages chan []byte   // nil for one that only looks
	look     chan struct{} // holds one: the status may have changed
	lost     chan struct{} // holds one: a message was dropped
}

func newHub() *hub { return &hub{listeners: map[*listener]struct{}{}, done: make(chan struct{})} }

// join is false when the hub is closed.
func (h *hub) join() (*listener, bool) { return h.add(make(chan []byte, waiting)) }

// watch is join for a page that is told to look, and gets no messages.
func (h *hub) watch() (*listener, bool) { return h.add(nil) }

func (h *hub) add(messages chan []byte) (*listener, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return nil, false
	}
	l := &listener{messages, make(chan struct{}, 1), make(chan struct{}, 1)}
	h.listeners[l] = struct{}{}
	return l, true
}

func (h *hub) leave(l *listener) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.listeners, l)
}

// publish encodes only what somebody hears.
func (h *hub) publish(name string, value any) {
	h.mu.Lock()
	defer h.mu.Unlock()
	var text []byte
	for l := range h.listeners {
		if l.messages == nil {
			continue
		}
		if text == nil {
			var err error
			if text, err = message(name, value); err != nil {
				return // cannot be: strings, numbers and times only
			}
		}
		select {
		case l.messages <- text:
		default:
			put(l.lost)
		}
	}
}

// nudge has the pages look at the status.
func (h *hub) nudge() {
	h.mu.Lock()
	defer h.mu.Unlock()
	for l := range h.listeners {
		put(l.look)
	}
}

func (h *hub) close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.closed {
		h.closed = true
		close(h.done)
	}
}

func put(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// message is one server-sent event.
func message(name string, value any) ([]byte, error) {
	body, err := json.Marshal(value)
	if err != nil {
		return nil, fmt.Errorf("encoding a %s: %w", name, err)
	}
	return fmt.Appendf(nil, "event: %s\ndata: %s\n\n", name, body), nil
}

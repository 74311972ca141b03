package dashboard

import (
	"bytes"
	"context"
	"net/http"
	"time"
)

const (
	// glance is how often an open page learns of what no event tells, such as
	// requests under way; it also finds out that a page has gone.
	glance = time.Second
	// beats is how many glances without news are silent.
	beats = 15
	// patience is how long one write may take; the page then connects anew.
	patience = 10 * time.Second
)

// stream writes one page's server-sent events.
type stream struct {
	hub     *hub
	w       http.ResponseWriter
	control *http.ResponseController
	all     func() error           // tells everything; nil for a page that only looks
	look    func() ([]byte, error) // gives the status
	shown   []byte                 // the status as the page knows it
	silent  int                    // glances
}

// stream tells everything first, and then what changes.
func (b *Board) stream(w http.ResponseWriter, r *http.Request, v View) {
	b.begin(w, r, b.hub.join, func(s *stream) error {
		s.all = func() error {
			text, err := message("all", b.everything(v))
			if err != nil {
				return err
			}
			return s.send(text)
		}
		s.look = func() ([]byte, error) { return message("status", b.status(v)) }
		return s.all()
	})
}

// begin begins a stream and follows it to its end.
func (b *Board) begin(w http.ResponseWriter, r *http.Request, join func() (*listener, bool), first func(*stream) error) {
	l, open := join()
	if !open {
		w.Header().Set("Retry-After", "1")
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	defer b.hub.leave(l)
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("X-Accel-Buffering", "no")
	s := &stream{hub: b.hub, w: w, control: http.NewResponseController(w)}
	if first(s) == nil {
		s.follow(r.Context(), l)
	}
}

// follow ends with ctx, the hub or the client.
func (s *stream) follow(ctx context.Context, l *listener) {
	tick := time.NewTicker(glance)
	defer tick.Stop()
	for {
		var err error
		select {
		case <-ctx.Done():
			return
		case <-s.hub.done:
			return
		case <-l.lost:
			err = s.all()
		case <-l.look:
			err = s.status()
		case <-tick.C:
			err = s.tick()
		case text := <-l.messages:
			err = s.send(append(text[:len(text):len(text)], l.more()...))
		}
		if err != nil {
			return
		}
	}
}

// more takes what waits already, so that a burst is one write.
func (l *listener) more() (text []byte) {
	for {
		select {
		case next := <-l.messages:
			text = append(text, next...)
		default:
			return text
		}
	}
}

// status tells what differs from what was told.
func (s *stream) status() error {
	text, err := s.look()
	if err != nil || bytes.Equal(text, s.shown) {
		return err
	}
	s.shown = text
	return s.send(text)
}

func (s *stream) tick() error {
	if s.silent++; s.silent%beats == 0 {
		return s.send([]byte(": still here\n\n"))
	}
	return s.status()
}

func (s *stream) send(text []byte) error {
	s.silent = 0
	// not every writer can time out; then the heartbeat's failure ends it
	_ = s.control.SetWriteDeadline(time.Now().Add(patience))
	if _, err := s.w.Write(text); err != nil {
		return err
	}
	return s.control.Flush()
}

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
	board   *Board
	view    View
	w       http.ResponseWriter
	control *http.ResponseController
	shown   []byte // the status as the page knows it
	silent  int    // glances
}

// stream tells everything first, and then what changes.
func (b *Board) stream(w http.ResponseWriter, r *http.Request, v View) {
	l, open := b.hub.join()
	if !open {
		w.Header().Set("Retry-After", "1")
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	defer b.hub.leave(l)
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("X-Accel-Buffering", "no")
	s := &stream{board: b, view: v, w: w, control: http.NewResponseController(w)}
	if s.all() == nil {
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
		case <-s.board.hub.done:
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

func (s *stream) all() error {
	text, err := message("all", s.board.everything(s.view))
	if err != nil {
		return err
	}
	return s.send(text)
}

// status tells what differs from what was told.
func (s *stream) status() error {
	text, err := message("status", s.board.status(s.view))
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

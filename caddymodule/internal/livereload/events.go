package livereload

import (
	"context"
	"fmt"
	"net/http"
	"time"
)

const (
	// heartbeat keeps proxies from ending a silent stream, and finds out that
	// a page has gone.
	heartbeat = 15 * time.Second
	// patience is how long one write may take; the page then connects anew
	// and is told the newest state.
	patience = 10 * time.Second
	// pageExtensions bounds what one stream may ask for.
	pageExtensions = 64
)

// serveEvents sends the state of each extension at once and whenever it
// changes. A page compares build ids itself, so that catching up after a pause
// needs no memory of what was sent.
func (l *Live) serveEvents(w http.ResponseWriter, r *http.Request) {
	extensions := r.URL.Query()["ext"]
	if len(extensions) == 0 || len(extensions) > pageExtensions {
		refuse(w, http.StatusBadRequest, "invalid_extensions", fmt.Sprintf("give ext=ID 1 to %d times", pageExtensions))
		return
	}
	reader, open := l.hub.join(extensions)
	if !open {
		w.Header().Set("Retry-After", "1")
		refuse(w, http.StatusServiceUnavailable, "shutting_down", "devproxy is stopping")
		return
	}
	defer l.hub.leave(reader)
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("X-Accel-Buffering", "no")
	s := &stream{w: w, control: http.NewResponseController(w)}
	if s.send("retry: 1000\n\n") == nil {
		s.follow(r.Context(), l.hub, reader)
	}
}

// stream writes server-sent events.
type stream struct {
	w       http.ResponseWriter
	control *http.ResponseController
}

// follow ends with ctx, the hub, or the client.
func (s *stream) follow(ctx context.Context, h *hub, reader *listener) {
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	for {
		var err error
		select {
		case <-ctx.Done():
			return
		case <-h.done:
			return
		case <-beat.C:
			err = s.send(": still here\n\n")
		case <-reader.wake:
			err = s.sendStates(h.take(reader))
		}
		if err != nil {
			return
		}
	}
}

func (s *stream) sendStates(states []state) error {
	text := ""
	for _, next := range states {
		if next.encoded == nil {
			if err := next.encode(); err != nil {
				return err
			}
		}
		text += fmt.Sprintf("id: %d\nevent: state\ndata: %s\n\n", next.Sequence, next.encoded)
	}
	return s.send(text)
}

func (s *stream) send(text string) error {
	// Not every writer can time out; then the heartbeat's failure ends it.
	_ = s.control.SetWriteDeadline(time.Now().Add(patience))
	if _, err := s.w.Write([]byte(text)); err != nil {
		return err
	}
	return s.control.Flush()
}

package livereload

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"
)

const (
	// heartbeat keeps proxies from ending a silent stream, and finds out that
	// a page has gone.
	heartbeat = 15 * time.Second
	// patience is how long one write may take; the page then connects anew
	// and is told the newest state.
	patience = 10 * time.Second
	// pageExtensions bounds what one stream may carry beside its own.
	pageExtensions = 64
)

// serveEvents sends the state of each extension at once and whenever it
// changes. A page compares build ids itself, so that catching up after a pause
// needs no memory of what was sent.
func (l *Live) serveEvents(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	own, also := query.Get("ext"), query["also"]
	if len(also) > pageExtensions {
		refuse(w, http.StatusBadRequest, "invalid_extensions", fmt.Sprintf("give also=GRANT~ID at most %d times", pageExtensions))
		return
	}
	extensions := []string{own}
	for _, one := range also {
		grant, extension, _ := strings.Cut(one, "~")
		if !l.tokens.carries(extension, grant) {
			refuseToken(w)
			return
		}
		extensions = append(extensions, extension)
	}
	l.stream(w, r, own, extensions)
}

// stream tells own's states as they are, and the others sealed.
func (l *Live) stream(w http.ResponseWriter, r *http.Request, own string, extensions []string) {
	reader, open := l.hub.join(extensions)
	if !open {
		refuseStopping(w)
		return
	}
	defer l.hub.leave(reader)
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("X-Accel-Buffering", "no")
	s := &stream{w: w, control: http.NewResponseController(w), own: own, tokens: l.tokens}
	if s.send("retry: 1000\n\n") == nil {
		s.follow(r.Context(), l.hub, reader)
	}
}

// serveState tells the state that stands, to a page that cannot rely on what
// another passes on.
func (l *Live) serveState(w http.ResponseWriter, r *http.Request) {
	now, open := l.hub.look(r.URL.Query().Get("ext"))
	if !open {
		refuseStopping(w)
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	// a client that left needs no answer
	_ = json.NewEncoder(w).Encode(now)
}

func refuseStopping(w http.ResponseWriter) {
	w.Header().Set("Retry-After", "1")
	refuse(w, http.StatusServiceUnavailable, "shutting_down", "devproxy is stopping")
}

// stream writes server-sent events.
type stream struct {
	w       http.ResponseWriter
	control *http.ResponseController
	own     string // the extension of the page that listens
	tokens  tokens
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
		name, data, err := s.told(next)
		if err != nil {
			return err
		}
		text += fmt.Sprintf("id: %d\nevent: %s\ndata: %s\n\n", next.Sequence, name, data)
	}
	return s.send(text)
}

// sealed is a state of another extension than the page's.
type sealed struct {
	Extension string `json:"extension"`
	Sealed    []byte `json:"sealed"` // base64
}

func (s *stream) told(next state) (name string, data []byte, err error) {
	if next.encoded == nil {
		if err := next.encode(); err != nil {
			return "", nil, err
		}
	}
	if next.Extension == s.own {
		return "state", next.encoded, nil
	}
	text, err := s.tokens.seal(next.Extension, next.encoded)
	if err != nil {
		return "", nil, err
	}
	data, err = json.Marshal(sealed{next.Extension, text})
	return "sealed", data, err
}

func (s *stream) send(text string) error {
	// Not every writer can time out; then the heartbeat's failure ends it.
	_ = s.control.SetWriteDeadline(time.Now().Add(patience))
	if _, err := s.w.Write([]byte(text)); err != nil {
		return err
	}
	return s.control.Flush()
}

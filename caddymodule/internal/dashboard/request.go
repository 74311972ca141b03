// request.go contains what is recorded of a request, and how.

package dashboard

import (
	"context"
	"net/http"
	"time"
)

// Request is one request to the runner, after it was answered.
type Request struct {
	N          int64     `json:"n"`
	ID         string    `json:"id,omitempty"` // of the request
	Time       time.Time `json:"time"`         // when it began
	Method     string    `json:"method"`
	Path       string    `json:"path"` // without the query
	Backend    string    `json:"backend,omitempty"`
	Generation int       `json:"generation,omitempty"`
	Build      string    `json:"build,omitempty"`   // of the extension that answered
	Status     int       `json:"status"`            // 0: the client left first
	MS         float64   `json:"ms"`                // until the last byte
	Bytes      int       `json:"bytes"`             // of the body
	Code       string    `json:"code,omitempty"`    // of the error
	Execute    *Execute  `json:"execute,omitempty"` // nil for anything but a call of a handler
}

// Execute is a call of a handler. What went in and out is told by size only.
type Execute struct {
	Extension string `json:"extension"`
	Input     int    `json:"input"`  // bytes of the body
	Output    int    `json:"output"` // bytes of the body
}

// Recording is a request under way. It belongs to the request's goroutine.
type Recording struct {
	board   *Board
	request Request
}

// longest is how much of a path is kept.
const longest = 300

type recordingKey struct{}

// Begin records that r began; handlers say more of it through r's context.
func (b *Board) Begin(r *http.Request) (*http.Request, *Recording) {
	path := r.URL.EscapedPath()
	if len(path) > longest {
		path = path[:longest] + "…"
	}
	rec := &Recording{b, Request{Time: time.Now(), Method: r.Method, Path: b.Hidden(path)}}
	return r.WithContext(context.WithValue(r.Context(), recordingKey{}, rec)), rec
}

// RecordingOf is what Begin gave for ctx. For a request that nobody records it
// is one that goes nowhere.
func RecordingOf(ctx context.Context) *Recording {
	if rec, ok := ctx.Value(recordingKey{}).(*Recording); ok {
		return rec
	}
	return new(Recording)
}

// Answers names the backend that the request is sent to.
func (rec *Recording) Answers(backend string, generation int) {
	rec.request.Backend, rec.request.Generation = backend, generation
}

// Refused has the stable code of the error that is the answer.
func (rec *Recording) Refused(code string) { rec.request.Code = code }

// Executed makes the request a call of a handler; id is the request's.
func (rec *Recording) Executed(id string, e Execute) { rec.request.ID, rec.request.Execute = id, &e }

// End records how the request was answered.
func (rec *Recording) End(status, bytes int, build string) {
	r, b := &rec.request, rec.board
	ended := time.Now()
	r.Status, r.Bytes, r.Build = status, bytes, build
	r.MS = milliseconds(ended.Sub(r.Time))
	b.mu.Lock()
	defer b.mu.Unlock()
	r.N = b.next()
	if r.Execute != nil {
		b.executes.add(*r)
	} else {
		b.requests.add(*r)
		if run := b.timeline.shown(build, r.Time, ended); run != nil {
			b.tell(run)
		}
	}
	b.hub.publish("request", r)
}

func milliseconds(d time.Duration) float64 {
	return float64(d.Round(10*time.Microsecond).Microseconds()) / 1000
}

// Recall takes over calls of handlers that were recorded before this process
// began, oldest first.
func (b *Board) Recall(earlier []Request) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, r := range earlier {
		r.N = b.next()
		b.executes.add(r)
	}
}

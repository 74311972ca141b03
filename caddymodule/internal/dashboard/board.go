// Package dashboard remembers what has happened lately, for a person to look
// at: requests, calls of handlers, builds, log lines; and serves it as one
// page with one event stream.
//
// The engine owns a [Board] and feeds it; the Caddy handlers record requests
// on it and serve it at /__runner/. The page there only reads. Its twin that
// can act is [Board.Open]: on a port of its own, for who has the key.
//
// What is kept holds no body, no query and no header. The package calls
// nobody but the event bus, and asks what of a secret is to be hidden.
package dashboard

import (
	"context"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/same-origin/devproxy/caddymodule/internal/event"
	"github.com/same-origin/devproxy/caddymodule/runner/secrets"
)

// How much is remembered.
const (
	keptRequests = 500
	keptRuns     = 100
	keptLines    = 10_000
	keptEvents   = 1024 // that wait to be read
)

// Board is safe for concurrent use.
type Board struct {
	hub   *hub
	news  *event.Subscription
	tasks sync.WaitGroup
	// secrets blanks values that must not be shown, whoever printed them
	secrets atomic.Pointer[strings.Replacer]

	mu       sync.Mutex
	last     int64 // number of the newest record
	requests ring[Request]
	executes ring[Request] // apart, so that a page's files do not push them out
	lines    ring[Line]
	timeline timeline
	since    map[string]standing
	port     *port
	closed   bool
}

// New makes a board that follows bus until it is closed.
func New(bus *event.Bus) *Board {
	b := &Board{
		hub: newHub(), news: bus.Subscribe(keptEvents), since: map[string]standing{},
		requests: newRing[Request](keptRequests), executes: newRing[Request](keptRequests), lines: newRing[Line](keptLines),
		timeline: newTimeline(),
	}
	b.Hide(nil)
	b.tasks.Go(func() { b.news.Each(context.Background(), b.happened) }) // until Close
	return b
}

// Close ends the streams, the port and what follows the bus, and waits.
func (b *Board) Close() {
	b.mu.Lock()
	open := b.port
	b.port, b.closed = nil, true
	b.mu.Unlock()
	b.hub.close()
	b.news.Close()
	if open != nil {
		open.close()
	}
	b.tasks.Wait()
}

// Leave ends the streams of the pages; no other begins. Close does it, too.
func (b *Board) Leave() { b.hub.close() }

// Hide has these values blanked in all that is recorded from now on.
func (b *Board) Hide(values []string) {
	b.secrets.Store(secrets.Replacer(secrets.Words(slices.Values(values)), "•••"))
}

// Hidden is text without them.
func (b *Board) Hidden(text string) string { return b.secrets.Load().Replace(text) }

// happened takes an event into the timeline.
func (b *Board) happened(e event.Event) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if run := b.timeline.apply(e); run != nil {
		b.tell(run)
	}
	switch e.(type) {
	case event.BuildOutput, event.Console: // many, and no part of the status
	default:
		b.hub.nudge()
	}
}

// tell is called with mu held. It numbers runs as records are numbered.
func (b *Board) tell(run *Run) {
	if run.N == 0 {
		run.N = b.next()
	}
	run.Problem = b.Hidden(run.Problem)
	b.hub.publish("run", run)
}

// next is called with mu held.
func (b *Board) next() int64 {
	b.last++
	return b.last
}

// all is what a page that opens is told.
type all struct {
	Status   any       `json:"status"`
	Access   access    `json:"access"`
	Config   any       `json:"config"`
	Runs     []Run     `json:"runs"`
	Requests []Request `json:"requests"` // oldest first
	Executes []Request `json:"executes"` // oldest first
	Lines    []Line    `json:"lines"`    // oldest first
	Now      time.Time `json:"now"`
}

func (b *Board) everything(v View) all {
	now := b.status(v)
	config := v.Config()
	b.mu.Lock()
	defer b.mu.Unlock()
	return all{
		Status: now, Access: access{Actions: v.actions(), Origin: v.Origin}, Config: config, Now: time.Now(),
		Runs: b.timeline.runs(), Requests: b.requests.all(), Executes: b.executes.all(), Lines: b.lines.all(),
	}
}

package backend

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// ErrNone says that no backend is selected.
var ErrNone = errors.New("no backend is selected")

// Selector says which backend gets the next request. A swap is one atomic
// store: requests that run stay where they are, new ones go to the new
// backend, and after [Selector.Drain] nothing can start on the old one.
type Selector struct {
	current atomic.Pointer[choice]

	mu      sync.Mutex
	changed chan struct{} // closed and replaced at each change
}

// choice is replaced, never changed.
type choice struct {
	main  *Backend
	split *Split // nil for none
}

// pick is the backend for r, which may be nil. One that is not ready gets
// nothing of a split.
func (c *choice) pick(r *http.Request) *Backend {
	if c == nil {
		return nil
	}
	if c.split != nil && r != nil && c.split.To.Ready() && c.split.Takes(r) {
		return c.split.To
	}
	return c.main
}

// NewSelector makes a Selector that selects nothing.
func NewSelector() *Selector { return &Selector{changed: make(chan struct{})} }

// Current is the selected backend, or nil.
func (s *Selector) Current() *Backend { return s.current.Load().pick(nil) }

// For is the backend that r would be sent to, or nil.
func (s *Selector) For(r *http.Request) *Backend { return s.current.Load().pick(r) }

// Split is how requests are shared out; nil when the selected backend gets
// them all.
func (s *Selector) Split() *Split {
	if c := s.current.Load(); c != nil {
		return c.split
	}
	return nil
}

// Acquire picks the backend for r and counts a request on it until release is
// called. Without an r it is the selected one, whatever the split. Release in
// a defer: a reverse proxy panics when a client leaves.
func (s *Selector) Acquire(r *http.Request) (b *Backend, release func()) {
	for {
		c := s.current.Load()
		if b = c.pick(r); b == nil {
			return nil, func() {}
		}
		b.inFlight.Add(1)
		// the second look closes the race with Drain: whoever was counted
		// after the swap leaves again before anything is sent
		if s.current.Load() == c {
			return b, func() { b.inFlight.Add(-1) }
		}
		b.inFlight.Add(-1)
	}
}

// Select sends new requests to b, all of them.
func (s *Selector) Select(b *Backend) { s.set(choice{main: b}) }

// Choose sends new requests to b, and those that split takes elsewhere.
func (s *Selector) Choose(b *Backend, split *Split) { s.set(choice{main: b, split: split}) }

// Share sends some of the new requests elsewhere; nil sends them all to the
// selected backend again.
func (s *Selector) Share(split *Split) { s.set(choice{main: s.Current(), split: split}) }

// Replace puts another in b's place, wherever it stands.
func (s *Selector) Replace(b, by *Backend) {
	c := s.current.Load()
	if c == nil {
		return
	}
	next := *c
	if next.main == b {
		next.main = by
	}
	if next.split != nil && next.split.To == b {
		split := *next.split
		split.To = by
		next.split = &split
	}
	s.set(next)
}

// Uses says whether new requests may go to b.
func (s *Selector) Uses(b *Backend) bool {
	c := s.current.Load()
	return c != nil && (c.main == b || (c.split != nil && c.split.To == b))
}

func (s *Selector) set(next choice) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if old := s.current.Load(); old == nil || *old != next {
		s.current.Store(&next)
		s.announce()
	}
}

// SetReady says whether b may take requests.
func (s *Selector) SetReady(b *Backend, ready bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if b.ready.Swap(ready) != ready {
		if !ready {
			b.unready.Store(new(time.Now()))
		}
		s.announce()
	}
}

// Changed is closed at the next swap or change of readiness.
func (s *Selector) Changed() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.changed
}

// Pause waits for what [Selector.Changed] gave, but no longer than d. It is
// false when ctx ended: nobody is there to try again for.
func Pause(ctx context.Context, changed <-chan struct{}, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-changed:
	case <-timer.C:
	case <-ctx.Done():
		return false
	}
	return true
}

func (s *Selector) announce() {
	close(s.changed)
	s.changed = make(chan struct{})
}

// Wait returns when the selected backend is ready, or with the context's
// error and the state it found last.
func (s *Selector) Wait(ctx context.Context) error {
	for {
		changed := s.Changed()
		b := s.Current()
		if b != nil && b.Ready() {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			if b == nil {
				return errors.Join(ErrNone, ctx.Err())
			}
			return fmt.Errorf("backend %s is not ready: %w", b.Name(), ctx.Err())
		}
	}
}

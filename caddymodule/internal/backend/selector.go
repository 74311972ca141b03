package backend

import (
	"context"
	"errors"
	"fmt"
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
	current atomic.Pointer[Backend]

	mu      sync.Mutex
	changed chan struct{} // closed and replaced at each change
}

// NewSelector makes a Selector that selects nothing.
func NewSelector() *Selector { return &Selector{changed: make(chan struct{})} }

// Current is the selected backend, or nil.
func (s *Selector) Current() *Backend { return s.current.Load() }

// Acquire picks the selected backend and counts a request on it until release
// is called. Release in a defer: a reverse proxy panics when a client leaves.
func (s *Selector) Acquire() (b *Backend, release func()) {
	for {
		b = s.current.Load()
		if b == nil {
			return nil, func() {}
		}
		b.inFlight.Add(1)
		// the second look closes the race with Drain: whoever was counted
		// after the swap leaves again before anything is sent
		if s.current.Load() == b {
			return b, func() { b.inFlight.Add(-1) }
		}
		b.inFlight.Add(-1)
	}
}

// Select sends new requests to b.
func (s *Selector) Select(b *Backend) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.current.Swap(b) != b {
		s.announce()
	}
}

// SetReady says whether b may take requests.
func (s *Selector) SetReady(b *Backend, ready bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if b.ready.Swap(ready) != ready {
		s.announce()
	}
}

// Changed is closed at the next swap or change of readiness.
func (s *Selector) Changed() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.changed
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

// Drain waits until no request runs on b, which must not be selected. Streams
// have no end of their own: they get grace once the requests are done.
func (s *Selector) Drain(ctx context.Context, b *Backend, grace time.Duration) error {
	if err := drain(ctx, b, func() int64 { return b.InFlight() - b.streams.Load() }); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, grace)
	defer cancel()
	if err := drain(ctx, b, b.InFlight); err != nil && b.InFlight() > b.streams.Load() {
		return err
	}
	return nil
}

func drain(ctx context.Context, b *Backend, running func() int64) error {
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for running() > 0 {
		select {
		case <-ctx.Done():
			return fmt.Errorf("%d requests still run on %s: %w", b.InFlight(), b.Name(), ctx.Err())
		case <-tick.C:
		}
	}
	return nil
}

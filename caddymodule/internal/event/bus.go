package event

import (
	"context"
	"slices"
	"sync"
)

// Bus hands each event to every subscription. A reader that falls behind
// loses the oldest events that wait for it, and is told how many; it never
// slows a writer. The zero value is ready for use, by any number of
// goroutines.
type Bus struct {
	mu            sync.Mutex
	subscriptions []*Subscription
	closed        bool
}

// Publish hands e to every subscription.
func (b *Bus) Publish(e Event) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, s := range b.subscriptions {
		s.put(e)
	}
}

// Subscribe gives the events from now on; room is how many may wait. The
// reader calls Close when it is done.
func (b *Bus) Subscribe(room int) *Subscription {
	b.mu.Lock()
	defer b.mu.Unlock()
	s := &Subscription{bus: b, events: make(chan Event, max(room, 1))}
	if b.closed {
		close(s.events)
		return s
	}
	b.subscriptions = append(b.subscriptions, s)
	return s
}

// Close ends every subscription.
func (b *Bus) Close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.closed = true
	for _, s := range b.subscriptions {
		close(s.events)
	}
	b.subscriptions = nil
}

// Subscription is one reader's queue.
type Subscription struct {
	bus    *Bus
	events chan Event
	missed int // under bus.mu
}

// Events is closed when the subscription or the bus is.
func (s *Subscription) Events() <-chan Event { return s.events }

// Each hands every event to do, one after the other, until ctx ends or the
// subscription or the bus is closed; then it closes the subscription.
func (s *Subscription) Each(ctx context.Context, do func(Event)) {
	defer s.Close()
	for {
		select {
		case <-ctx.Done():
			return
		case e, more := <-s.events:
			if !more {
				return
			}
			do(e)
		}
	}
}

// Missed gives how many events were dropped since it was last asked.
func (s *Subscription) Missed() int {
	s.bus.mu.Lock()
	defer s.bus.mu.Unlock()
	missed := s.missed
	s.missed = 0
	return missed
}

// Close ends the subscription; a second call does nothing.
func (s *Subscription) Close() {
	s.bus.mu.Lock()
	defer s.bus.mu.Unlock()
	if i := slices.Index(s.bus.subscriptions, s); i >= 0 {
		s.bus.subscriptions = slices.Delete(s.bus.subscriptions, i, i+1)
		close(s.events)
	}
}

// put is called with bus.mu held, so that there is one writer.
func (s *Subscription) put(e Event) {
	for {
		select {
		case s.events <- e:
			return
		default:
		}
		select {
		case <-s.events:
			s.missed++
		default:
		}
	}
}

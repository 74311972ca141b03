package event

import (
	"context"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestBus_gives_every_reader_every_event_in_order(t *testing.T) {
	var bus Bus
	a, b := bus.Subscribe(3), bus.Subscribe(3)
	for n := range 3 {
		bus.Publish(BuildStarted{Number: n})
	}
	bus.Close()
	for _, s := range []*Subscription{a, b} {
		assert.Equal(t, []int{0, 1, 2}, numbers(s))
		assert.Zero(t, s.Missed())
	}
}

func TestBus_drops_the_oldest_for_a_slow_reader_and_says_so(t *testing.T) {
	var bus Bus
	slow := bus.Subscribe(2)
	for n := range 5 {
		bus.Publish(BuildStarted{Number: n})
	}
	assert.Equal(t, 3, slow.Missed())
	assert.Zero(t, slow.Missed(), "it is said once")
	slow.Close()
	slow.Close()
	assert.Equal(t, []int{3, 4}, numbers(slow))
}

func TestSubscription_hands_out_each_event_until_the_bus_is_closed(t *testing.T) {
	var bus Bus
	s := bus.Subscribe(3)
	for n := range 3 {
		bus.Publish(BuildStarted{Number: n})
	}
	bus.Close()
	var got []int
	s.Each(t.Context(), func(e Event) { got = append(got, e.(BuildStarted).Number) })
	assert.Equal(t, []int{0, 1, 2}, got)
}

func TestSubscription_is_closed_once_its_reader_has_ended(t *testing.T) {
	var bus Bus
	s := bus.Subscribe(1)
	ctx, cancel := context.WithCancel(t.Context())
	bus.Publish(BuildStarted{})
	s.Each(ctx, func(Event) { cancel() })
	assert.Empty(t, bus.subscriptions, "nothing is kept for a reader who is gone")
}

func TestBus_closed_gives_nothing(t *testing.T) {
	var bus Bus
	bus.Close()
	bus.Publish(BuildStarted{})
	assert.Empty(t, numbers(bus.Subscribe(1)))
}

func TestBus_takes_writers_and_readers_at_once(*testing.T) {
	var bus Bus
	var writers, readers sync.WaitGroup
	for range 4 {
		s := bus.Subscribe(1)
		readers.Go(func() {
			for range s.Events() {
			}
		})
		writers.Go(func() {
			for n := range 100 {
				bus.Publish(BuildStarted{Number: n})
			}
		})
	}
	writers.Wait()
	bus.Close()
	readers.Wait()
}

func numbers(s *Subscription) (list []int) {
	for e := range s.Events() {
		list = append(list, e.(BuildStarted).Number)
	}
	return list
}

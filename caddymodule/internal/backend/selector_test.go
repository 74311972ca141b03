package backend

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
)

func TestSelector_a_drain_misses_no_request(t *testing.T) {
	s := NewSelector()
	a, b := New(Config{Name: "a"}), New(Config{Name: "b"})
	s.Select(a)
	var drained sync.Map // backends on which nothing may run any more
	stop := make(chan struct{})
	var load sync.WaitGroup
	for range 4 {
		load.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				picked, release := s.Acquire(nil)
				if _, gone := drained.Load(picked); gone {
					t.Errorf("a request started on %s after its drain", picked.Name())
				}
				release()
			}
		})
	}
	for range 200 {
		for _, swap := range [][2]*Backend{{a, b}, {b, a}} {
			from, to := swap[0], swap[1]
			drained.Delete(to)
			s.Select(to)
			assert.NoError(t, s.Drain(t.Context(), from, 0))
			drained.Store(from, true)
		}
	}
	close(stop)
	load.Wait()
	assert.Zero(t, a.InFlight()+b.InFlight())
}

func TestDrain_waits_for_who_counts_while_it_looks_again_and_for_no_stream(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, begun := New(Config{Name: "b"}), time.Now()
		b.inFlight.Store(1)
		b.streams.Store(1)
		time.AfterFunc(500*time.Millisecond, func() { b.inFlight.Add(1) })
		time.AfterFunc(1500*time.Millisecond, func() { b.inFlight.Add(-1) })
		assert.NoError(t, NewSelector().Drain(t.Context(), b, time.Second))
		assert.Equal(t, 1500*time.Millisecond, time.Since(begun).Round(10*time.Millisecond))
	})
}

func TestSelector_waits_for_readiness_and_says_who_was_not_ready(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := NewSelector()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		assert.ErrorIs(t, s.Wait(ctx), ErrNone)

		b := New(Config{Name: "slow"})
		s.Select(b)
		short, cancelShort := context.WithTimeout(t.Context(), time.Second)
		defer cancelShort()
		assert.ErrorContains(t, s.Wait(short), "backend slow is not ready")

		done := make(chan error)
		go func() { done <- s.Wait(t.Context()) }()
		synctest.Wait()
		s.SetReady(b, true)
		assert.NoError(t, <-done)
	})
}

func TestSelector_announces_changes_only(t *testing.T) {
	s := NewSelector()
	b := New(Config{Name: "b"})
	s.Select(b)
	changed := s.Changed()
	s.Select(b)
	s.SetReady(b, false)
	select {
	case <-changed:
		t.Error("nothing changed")
	default:
	}
	s.SetReady(b, true)
	<-changed
}

func TestPause_ends_with_the_change_the_time_or_the_one_who_waits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begun, never := time.Now(), make(chan struct{})
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		changed := make(chan struct{})
		time.AfterFunc(time.Second, func() { close(changed) })
		assert.True(t, Pause(ctx, changed, time.Hour))
		assert.Equal(t, time.Second, time.Since(begun))
		assert.True(t, Pause(ctx, never, 4*time.Second))
		assert.Equal(t, 5*time.Second, time.Since(begun))
		assert.False(t, Pause(ctx, never, time.Hour))
		assert.Equal(t, time.Minute, time.Since(begun))
	})
}

func TestSelector_without_a_backend_acquires_nothing(t *testing.T) {
	b, release := NewSelector().Acquire(nil)
	assert.Nil(t, b)
	release()
}

package loop

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

func TestPace_acts_at_once_on_saves_by_hand(t *testing.T) {
	var p pace
	now := time.Now()
	for range 5 {
		assert.Zero(t, p.arrive(now))
		p.acted()
		now = now.Add(burst)
	}
}

func TestPace_acts_twice_on_fifty_saves_in_two_seconds(t *testing.T) {
	acts := replay(50, 40*time.Millisecond)
	assert.Equal(t, 2, acts)
}

func TestPace_does_not_wait_for_the_end_of_an_endless_burst(t *testing.T) {
	acts := replay(500, 20*time.Millisecond) // 10 s
	assert.InDelta(t, 5, acts, 1)
}

// replay counts the actions on that many batches, the last one included.
func replay(batches int, every time.Duration) (acts int) {
	var p pace
	var due time.Time
	now := time.Now()
	act := func() { acts++; p.acted(); due = time.Time{} }
	for range batches {
		if !due.IsZero() && !due.After(now) {
			act()
		}
		if wait := p.arrive(now); wait == 0 {
			act()
		} else {
			due = now.Add(wait)
		}
		now = now.Add(every)
	}
	if !due.IsZero() {
		act()
	}
	return acts
}

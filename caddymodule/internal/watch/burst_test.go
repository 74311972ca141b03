package watch

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

func TestBurst_is_due(t *testing.T) {
	const quiet, longest = 30 * time.Millisecond, 250 * time.Millisecond
	begin := time.Now()
	at := func(ms int) time.Time { return begin.Add(time.Duration(ms) * time.Millisecond) }
	cases := []struct {
		name     string
		previous int
		events   []int
		want     time.Time
	}{
		{"at once after a calm", -30, []int{0}, at(0).Add(lead)},
		{"after the last event of a save", -1000, []int{0, 1}, at(1).Add(lead)},
		{"after the quiet period when another was just before", -29, []int{0}, at(30)},
		{"a quiet period after the last event", -1, []int{0, 20, 40}, at(70)},
		{"at the latest after the longest time", -1, []int{0, 100, 200, 240}, at(250)},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			var b burst
			assert.False(t, b.open())
			for _, e := range c.events {
				b.add(at(e), at(e), at(c.previous), quiet)
			}
			assert.Equal(t, c.want, b.due(quiet, longest))
		})
	}
}

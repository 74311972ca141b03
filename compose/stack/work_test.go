package stack

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/same-origin/devproxy/compose/docker"
)

type lastWork struct {
	detail string
	share  float64
}

func (l *lastWork) Update(detail string, share float64) { l.detail, l.share = detail, share }
func (l *lastWork) End()                                {}

func TestReached_takes_the_steps_of_a_build_as_its_share(t *testing.T) {
	for _, c := range []struct {
		event docker.BuildEvent
		share float64
	}{
		{docker.BuildEvent{Step: "[internal] load build definition"}, 0},
		{docker.BuildEvent{Step: "[2/4] RUN make"}, 0.25},
		{docker.BuildEvent{Step: "[2/4] RUN make", Done: true}, 0.5},
		{docker.BuildEvent{Step: "[base 4/4] COPY . /", Cached: true}, 1},
	} {
		var got lastWork
		reached(&got, c.event)
		assert.Equal(t, lastWork{c.event.Step, c.share}, got)
	}
	got := lastWork{detail: "before"}
	reached(&got, docker.BuildEvent{Step: "[2/4] RUN make", Output: []byte("line")})
	assert.Equal(t, "before", got.detail, "what a step prints is no progress")
}

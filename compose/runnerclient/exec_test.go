package runnerclient

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

func TestDockerRunner_13_a_command_is_waited_for_longer_than_it_may_take(t *testing.T) {
	const global = 30 * time.Second
	for _, c := range []struct{ timeout, idle, want time.Duration }{
		{60 * time.Second, 0, 65 * time.Second},
		{0, 0, global},
		{0, 90 * time.Second, 95 * time.Second},
		{60 * time.Second, 90 * time.Second, 95 * time.Second},
		{time.Second, 0, global},
	} {
		assert.Equal(t, c.want, execDeadline(global, c.timeout, c.idle))
	}
}

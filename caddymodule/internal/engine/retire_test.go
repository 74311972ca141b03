package engine

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/caddymodule/runner/guest"
)

// compiling are guests one of which is compiled until the test ends that.
type compiling struct {
	guest.Engine
	asked chan context.Context
	done  chan struct{}
}

func (c *compiling) Close(ctx context.Context) error {
	c.asked <- ctx
	select {
	case <-c.done:
		return nil
	default:
	}
	if _, bounded := ctx.Deadline(); bounded {
		return guest.ErrCompiling // as at the deadline
	}
	select {
	case <-c.done:
		return nil
	case <-ctx.Done():
		return guest.ErrCompiling
	}
}

func TestRetire_closes_a_runner_that_compiles_once_that_is_done(t *testing.T) {
	e := newEngine(t)
	guests := &compiling{asked: make(chan context.Context, 3), done: make(chan struct{})}
	e.retire(nil, &embedded{guests: guests})
	_, bounded := (<-guests.asked).Deadline()
	assert.True(t, bounded, "requests have their time")
	_, bounded = (<-guests.asked).Deadline()
	assert.False(t, bounded, "a compilation has all that it takes")
	close(guests.done)
	require.NoError(t, e.Close())
	assert.Empty(t, guests.asked)
}

func TestRetire_of_a_runner_that_compiles_ends_with_the_engine(t *testing.T) {
	e := newEngine(t)
	guests := &compiling{asked: make(chan context.Context, 3), done: make(chan struct{})}
	e.retire(nil, &embedded{guests: guests})
	<-guests.asked
	<-guests.asked
	require.NoError(t, e.Close())
}

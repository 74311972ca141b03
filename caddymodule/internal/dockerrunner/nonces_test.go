package dockerrunner

import (
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestNonces_are_remembered_for_twice_the_skew_and_then_free(t *testing.T) {
	n := newNonces(time.Second)
	now := time.Now()
	require.NoError(t, n.use("a", now))
	assert.True(t, n.seen("a", now.Add(2*maxSkew-time.Millisecond)))
	assert.ErrorContains(t, n.use("a", now.Add(maxSkew)), "used before")
	assert.False(t, n.seen("a", now.Add(2*maxSkew)))
	assert.NoError(t, n.use("a", now.Add(2*maxSkew)))
	assert.Len(t, n.until, 1)
}

func TestNonces_that_are_too_many_are_refused_not_forgotten(t *testing.T) {
	n := newNonces(0)
	n.limit = 3
	now := time.Now()
	for i := range n.limit {
		require.NoError(t, n.use(strconv.Itoa(i), now))
	}
	var refused *failure
	require.ErrorAs(t, n.use("more", now), &refused)
	assert.Equal(t, 503, refused.Status)
	assert.Equal(t, "nonce_store_full", refused.Code)
	assert.True(t, refused.Retryable)
	assert.True(t, n.seen("0", now), "the first one is remembered")
	assert.NoError(t, n.use("more", now.Add(2*maxSkew)))
}

func TestNonces_of_two_requests_at_once_let_one_pass(t *testing.T) {
	n := newNonces(0)
	var passed atomic.Int32
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			if n.use("same", time.Now()) == nil {
				passed.Add(1)
			}
		})
	}
	all.Wait()
	assert.EqualValues(t, 1, passed.Load())
}

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

// kept is how long a nonce is kept that was used at once.
const kept = 2*maxSkew + latest

func TestNonces_are_remembered_for_twice_the_skew_and_a_body_and_then_free(t *testing.T) {
	n := newNonces(time.Second)
	now := time.Now()
	require.NoError(t, n.use("a", now.UnixMilli(), now))
	assert.True(t, n.seen("a", now.Add(kept-time.Millisecond)))
	assert.ErrorContains(t, n.use("a", now.Add(maxSkew).UnixMilli(), now.Add(maxSkew)), "used before")
	assert.False(t, n.seen("a", now.Add(kept)))
	assert.NoError(t, n.use("a", now.Add(kept).UnixMilli(), now.Add(kept)))
	assert.Len(t, n.until, 1)
	assert.Equal(t, time.Hour+latest, newNonces(time.Hour).keep)
}

func TestNonces_that_are_forgotten_cannot_be_used_again_when_the_clock_is_set_back(t *testing.T) {
	n := newNonces(0)
	now := time.Now()
	signed := now.UnixMilli()
	require.NoError(t, n.use("overheard", signed, now))
	later := now.Add(time.Hour)
	require.NoError(t, n.use("another", later.UnixMilli(), later), "which has it forgotten")
	// an hour back, the timestamp is of now again
	var refused *failure
	require.ErrorAs(t, n.use("overheard", signed, later), &refused)
	assert.Equal(t, []any{401, codeTimestampRange}, []any{refused.Status, refused.Code})
	assert.NoError(t, n.use("younger", signed+1, later))
}

func TestNonces_of_clients_whose_clocks_differ_as_far_as_they_may_pass(t *testing.T) {
	n := newNonces(0)
	now := time.Now()
	for i := range 600 { // ten minutes of one ahead and one behind
		now = now.Add(time.Second)
		require.NoError(t, n.use("ahead"+strconv.Itoa(i), now.Add(maxSkew).UnixMilli(), now))
		require.NoError(t, n.use("behind"+strconv.Itoa(i), now.Add(-maxSkew).UnixMilli(), now))
	}
}

func TestNonces_of_uploads_that_take_as_long_as_they_may_pass(t *testing.T) {
	n := newNonces(0)
	begin := time.Now()
	for i := range 600 {
		now := begin.Add(time.Duration(i) * time.Second)
		require.NoError(t, n.use("ahead"+strconv.Itoa(i), now.Add(maxSkew).UnixMilli(), now))
		if i > 180 { // whose time was checked when its body had yet to arrive
			checked := now.Add(-bodyPatience)
			require.NoError(t, n.use("upload"+strconv.Itoa(i), checked.Add(-maxSkew).UnixMilli(), now))
		}
	}
}

func TestNonces_that_are_too_many_are_refused_not_forgotten(t *testing.T) {
	n := newNonces(0)
	n.limit = 3
	now := time.Now()
	for i := range n.limit {
		require.NoError(t, n.use(strconv.Itoa(i), now.UnixMilli(), now))
	}
	var refused *failure
	require.ErrorAs(t, n.use("more", now.UnixMilli(), now), &refused)
	assert.Equal(t, 503, refused.Status)
	assert.Equal(t, "nonce_store_full", refused.Code)
	assert.True(t, refused.Retryable)
	assert.True(t, n.seen("0", now), "the first one is remembered")
	assert.NoError(t, n.use("more", now.Add(kept).UnixMilli(), now.Add(kept)))
}

func TestNonces_of_two_requests_at_once_let_one_pass(t *testing.T) {
	n := newNonces(0)
	var passed atomic.Int32
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			if n.use("same", time.Now().UnixMilli(), time.Now()) == nil {
				passed.Add(1)
			}
		})
	}
	all.Wait()
	assert.EqualValues(t, 1, passed.Load())
}

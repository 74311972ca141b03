package runner

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/caddymodule/runner/guest"
)

func answered(body string) outcome {
	return completed(guest.Response{Status: 200, Body: []byte(body)}, 0)
}

func replayKeyOf(key string) replayKey {
	return newReplayKey(call{tenant: "t", extension: "e", idempotencyKey: key})
}

func TestReplay_concurrent_callers_share_one_run(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		replays := newReplays()
		runs := 0
		run := func(context.Context) outcome {
			runs++
			time.Sleep(time.Second) // the bubble's clock: no real wait
			return answered("once")
		}
		results := make(chan outcome, 10)
		for range 10 {
			go func() {
				out, err := replays.do(context.Background(), replayKeyOf("k"), run)
				assert.NoError(t, err)
				results <- out
			}()
		}
		for range 10 {
			assert.Equal(t, "once", string((<-results).envelope.Body))
		}
		assert.Equal(t, 1, runs)
	})
}

func TestReplay_a_run_goes_on_when_its_caller_leaves_and_serves_the_next(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		replays := newReplays()
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		_, err := replays.do(ctx, replayKeyOf("k"), func(ctx context.Context) outcome {
			time.Sleep(time.Minute)
			assert.NoError(t, ctx.Err())
			return answered("late")
		})
		require.ErrorIs(t, err, context.DeadlineExceeded)
		out, err := replays.do(context.Background(), replayKeyOf("k"), func(context.Context) outcome {
			t.Error("ran again")
			return outcome{}
		})
		require.NoError(t, err)
		assert.Equal(t, "late", string(out.envelope.Body))
	})
}

func TestReplay_an_outcome_expires_after_ten_minutes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		replays := newReplays()
		runs := 0
		run := func(context.Context) outcome { runs++; return answered("x") }
		for _, step := range []struct {
			wait time.Duration
			runs int
		}{{0, 1}, {replayExpiry - time.Second, 1}, {time.Second, 2}} {
			time.Sleep(step.wait)
			_, err := replays.do(context.Background(), replayKeyOf("k"), run)
			require.NoError(t, err)
			assert.Equal(t, step.runs, runs)
		}
	})
}

func TestReplay_a_failure_is_not_kept(t *testing.T) {
	replays := newReplays()
	runs := 0
	for range 2 {
		_, err := replays.do(t.Context(), replayKeyOf("k"), func(context.Context) outcome { runs++; return failed(500, "execute_failed: x") })
		require.NoError(t, err)
	}
	assert.Equal(t, 2, runs)
}

func TestReplay_keys_are_scoped_by_tenant_and_extension(t *testing.T) {
	keys := map[replayKey]bool{}
	for _, c := range []call{
		{tenant: "a", extension: "b", idempotencyKey: "c"}, {tenant: "x", extension: "b", idempotencyKey: "c"},
		{tenant: "a", extension: "x", idempotencyKey: "c"}, {tenant: "ab", extension: "", idempotencyKey: "c"},
		{tenant: "a", extension: "bc", idempotencyKey: ""},
	} {
		keys[newReplayKey(c)] = true
	}
	assert.Len(t, keys, 5)
}

func TestReplay_is_bounded_in_number_and_bytes(t *testing.T) {
	kept := newOutcomes()
	for i := range replayEntries + 5 {
		kept.add(replayKeyOf(strings.Repeat("k", i)), answered("x"))
	}
	assert.Equal(t, replayEntries, kept.entries.Len())
	_, ok := kept.get(replayKeyOf(""))
	assert.False(t, ok, "the oldest went first")

	large := answered(strings.Repeat("x", replayBytes/3))
	for i := range 4 {
		kept.add(replayKeyOf(strings.Repeat("L", i+1)), large)
	}
	assert.Equal(t, 2, kept.entries.Len())
	assert.LessOrEqual(t, kept.bytes, replayBytes)
	kept.add(replayKeyOf("huge"), answered(strings.Repeat("x", replayBytes)))
	assert.Equal(t, 2, kept.entries.Len(), "one that is larger than all is not kept")
	kept.entries.Purge()
	assert.Zero(t, kept.bytes)
}

func TestReplay_close_cancels_runs_and_refuses_new_ones(t *testing.T) {
	replays := newReplays()
	began := make(chan struct{})
	go func() {
		_, _ = replays.do(context.Background(), replayKeyOf("k"), func(ctx context.Context) outcome {
			close(began)
			<-ctx.Done()
			return failed(500, "execute_failed: cancelled")
		})
	}()
	<-began
	require.NoError(t, replays.close(t.Context()))
	_, err := replays.do(t.Context(), replayKeyOf("k"), func(context.Context) outcome { return answered("x") })
	require.ErrorIs(t, err, errClosed)
}

func TestReplay_close_waits_no_longer_than_its_context(t *testing.T) {
	replays := newReplays()
	began, end := make(chan struct{}), make(chan struct{})
	go func() {
		_, _ = replays.do(context.Background(), replayKeyOf("k"), func(context.Context) outcome {
			close(began)
			<-end
			return answered("stubborn")
		})
	}()
	<-began
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, replays.close(ctx), context.Canceled)
	close(end)
	require.NoError(t, replays.close(t.Context()))
}

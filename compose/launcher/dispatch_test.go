package launcher

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/compose/docker"
	"github.com/same-origin/devproxy/compose/internal/enginetest"
)

// retries lets a test act when the launcher says that it tries again.
type retries struct {
	slog.Handler
	seen atomic.Int32
	act  func(n int32)
}

func (r *retries) Handle(ctx context.Context, record slog.Record) error {
	if record.Message == "starting a worker failed; it is tried again" {
		r.act(r.seen.Add(1))
	}
	return r.Handler.Handle(ctx, record)
}

func TestDispatch_starts_the_worker_once_the_engine_is_back(t *testing.T) {
	line, engine := enginetest.NewLine(t)
	tries := &retries{Handler: slog.Default().Handler(), act: func(n int32) {
		if n == 2 {
			line.Mend()
		}
	}}
	b := open(t, engine, Config{Log: slog.New(tries), Pause: time.Millisecond})
	line.Cut()
	w, err := b.Dispatch(enginetest.Context(t), b.job("exit", "0"))
	require.NoError(t, err)
	require.Equal(t, Succeeded, b.wait(w).Status)
	require.EqualValues(t, 2, tries.seen.Load())
	require.Empty(t, b.sources())
	b.gone()
}

func TestDispatch_gives_up_after_four_attempts_and_leaves_nothing(t *testing.T) {
	line, engine := enginetest.NewLine(t)
	tries := &retries{Handler: slog.Default().Handler(), act: func(int32) {}}
	b := open(t, engine, Config{Log: slog.New(tries), Pause: 10 * time.Millisecond, Workers: 1})
	line.Cut()
	began := time.Now()
	_, err := b.Dispatch(enginetest.Context(t), b.job("exit", "0"))
	require.Equal(t, docker.CodeUnavailable, docker.CodeOf(err), "%v", err)
	require.ErrorContains(t, err, "the last of 4 attempts")
	require.EqualValues(t, 3, tries.seen.Load())
	require.GreaterOrEqual(t, time.Since(began), 70*time.Millisecond, "10, 20 and 40 ms between")
	require.Equal(t, []Source{SourceSpawn}, b.sources())
	line.Mend()
	require.Equal(t, Succeeded, b.run(b.job("exit", "0")).Status, "the one place is free again")
	b.gone()
}

func TestDispatch_a_place_that_gets_free_is_worth_another_attempt(t *testing.T) {
	var first *Worker
	tries := &retries{Handler: slog.Default().Handler(), act: func(int32) { first.Kill(0) }}
	b := open(t, enginetest.Engine(t), Config{Log: slog.New(tries), Workers: 1, SlotWait: 100 * time.Millisecond, Pause: 2 * time.Second})
	first = b.launch(b.job("sleep", "1m"))
	second, err := b.Dispatch(enginetest.Context(t), b.job("exit", "0"))
	require.NoError(t, err)
	require.Equal(t, Succeeded, b.wait(second).Status)
	require.NotZero(t, tries.seen.Load())
	b.gone()
}

func TestDispatch_tries_what_cannot_succeed_once(t *testing.T) {
	tries := &retries{Handler: slog.Default().Handler(), act: func(int32) {}}
	b := open(t, enginetest.Engine(t), Config{Log: slog.New(tries), Pause: time.Millisecond})
	missing, large, malformed, program := b.job(), b.job(), b.job(), b.job()
	missing.Image = "devproxytest-nothing:none"
	large.Data = string(make([]byte, mostData+1))
	malformed.Image = "No Image"
	program.Entrypoint = []string{"/nothing"}
	for name, j := range map[string]Job{"no such image": missing, "too much data": large, "no name of an image": malformed, "no such program": program} {
		_, err := b.Dispatch(enginetest.Context(t), j)
		require.Error(t, err, name)
		require.Zero(t, tries.seen.Load(), "%s: %v", name, err)
	}
	w := b.launch(b.job("sleep", "1m"))
	_, err := b.Dispatch(enginetest.Context(t), w.Job())
	require.Error(t, err, "its name is taken until the other one has ended")
	w.Kill(0)
	b.wait(w)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = b.Dispatch(ctx, b.job("exit", "0"))
	require.ErrorIs(t, err, context.Canceled)
	b.gone()
}

func TestTerminal_tells_what_the_job_is_to_blame_for(t *testing.T) {
	of := func(code docker.Code) error { return &docker.Error{Code: code, Err: errors.New("x")} }
	for _, err := range []error{of(docker.CodeImageNotFound), of(docker.CodeInvalid), of(docker.CodeCommandNotFound), &Error{Code: CodeDataTooLarge}, errClosed, errTwice} {
		require.True(t, terminal(err), "%v", err)
	}
	for _, err := range []error{of(docker.CodeUnavailable), of(docker.CodeConflict), of(docker.CodeNameConflict), of(docker.CodeEngine), of(docker.CodeDiskFull), &Error{Code: CodeSlotTimeout}, errors.New("anything")} {
		require.False(t, terminal(err), "%v", err)
	}
}

package runner

import (
	"context"
	"errors"
	"fmt"
	"sync"
)

// replays makes requests with the same idempotency key one execution:
// concurrent ones share a run, later ones get its outcome for a while.
//
// A run belongs to the key, not to a caller: it goes on, within its own
// limits, when callers leave. So a caller that lost its connection and asks
// again gets the outcome instead of a second run.
type replays struct {
	// base ends when the runner closes; runs are bounded by it, as there is
	// no one caller whose context could bound them.
	base   context.Context
	cancel context.CancelFunc
	flying sync.WaitGroup

	mu      sync.Mutex
	closed  bool
	running map[replayKey]*flight
	done    *outcomes
}

// flight is a run that goes on.
type flight struct {
	landed chan struct{} // closed once out is set
	out    outcome
}

var errClosed = errors.New("the runner is shutting down")

func newReplays() *replays {
	base, cancel := context.WithCancel(context.Background())
	return &replays{base: base, cancel: cancel, running: map[replayKey]*flight{}, done: newOutcomes()}
}

// do gives the outcome stored for key, else that of the run in flight, else
// that of run. A caller whose context ends leaves with its error.
func (r *replays) do(ctx context.Context, key replayKey, run func(context.Context) outcome) (outcome, error) {
	r.mu.Lock()
	if out, ok := r.done.get(key); ok {
		r.mu.Unlock()
		return out, nil
	}
	f, err := r.join(key, run)
	r.mu.Unlock()
	if err != nil {
		return outcome{}, err
	}
	select {
	case <-f.landed:
		return f.out, nil
	case <-ctx.Done():
		return outcome{}, fmt.Errorf("waiting for the run: %w", ctx.Err())
	}
}

// join gives the flight of key, starting it if there is none. It needs mu.
func (r *replays) join(key replayKey, run func(context.Context) outcome) (*flight, error) {
	if f, ok := r.running[key]; ok {
		return f, nil
	}
	if r.closed {
		return nil, errClosed
	}
	f := &flight{landed: make(chan struct{})}
	r.running[key] = f
	r.flying.Go(func() {
		out := run(r.base)
		r.mu.Lock()
		defer r.mu.Unlock()
		delete(r.running, key)
		if out.completed {
			r.done.add(key, out)
		}
		f.out = out
		close(f.landed)
	})
	return f, nil
}

// close cancels what runs and waits for it until ctx ends.
func (r *replays) close(ctx context.Context) error {
	r.mu.Lock()
	r.closed = true
	r.mu.Unlock()
	r.cancel()
	ended := make(chan struct{})
	go func() {
		r.flying.Wait()
		close(ended)
	}()
	select {
	case <-ended:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("waiting for executions to end: %w", ctx.Err())
	}
}

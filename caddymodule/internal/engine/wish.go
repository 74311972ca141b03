// wish.go contains that of two swaps that are asked for, the later one counts.

package engine

import (
	"context"
	"fmt"
	"sync"
)

// SupersededError says that another backend, or the same one anew, was asked for
// before this one was ready to take over.
type SupersededError struct{ Backend, By string }

func (e *SupersededError) Error() string {
	if e.By == e.Backend {
		return fmt.Sprintf("backend %s was asked for once more meanwhile, and that counts", e.Backend)
	}
	return fmt.Sprintf("backend %s takes nothing over: %s was asked for meanwhile", e.Backend, e.By)
}

// wish is one that is under way, or waits for the one before to end.
type wish struct {
	backend string
	cancel  context.CancelCauseFunc
}

// wishes knows the latest.
type wishes struct {
	mu     sync.Mutex
	latest *wish // nil for none
}

// make ends the wish before, unless that has been granted.
func (w *wishes) make(ctx context.Context, name string) (context.Context, *wish) {
	ctx, cancel := context.WithCancelCause(ctx)
	made := &wish{backend: name, cancel: cancel}
	w.mu.Lock()
	defer w.mu.Unlock()
	if before := w.latest; before != nil {
		before.cancel(&SupersededError{Backend: before.backend, By: name})
	}
	w.latest = made
	return ctx, made
}

// grant is false where another wish came after it. From then on none ends it.
func (w *wishes) grant(made *wish) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.latest != made {
		return false
	}
	w.latest = nil
	return true
}

// drop is for one that is over.
func (w *wishes) drop(made *wish) {
	w.grant(made)
	made.cancel(nil)
}

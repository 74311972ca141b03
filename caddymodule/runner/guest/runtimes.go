package guest

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/imports/wasi_snapshot_preview1"
)

// runtimes are the two ways to stop a busy guest. Most templates tick and run
// in the plain runtime; what cannot tick runs where wazero itself checks the
// context at every loop and call, which costs several times the speed.
type runtimes struct {
	cache wazero.CompilationCache

	mu      sync.Mutex
	ticking wazero.Runtime
	checked wazero.Runtime
}

// of returns the runtime for templates that tick, or for those that do not.
func (r *runtimes) of(ctx context.Context, ticks bool) (wazero.Runtime, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	slot := &r.checked
	if ticks {
		slot = &r.ticking
	}
	if *slot != nil {
		return *slot, nil
	}
	config := wazero.NewRuntimeConfig().WithCompilationCache(r.cache).WithCloseOnContextDone(!ticks)
	created := wazero.NewRuntimeWithConfig(ctx, config)
	if _, err := wasi_snapshot_preview1.Instantiate(ctx, created); err != nil {
		return nil, errors.Join(fmt.Errorf("preparing WASI: %w", err), created.Close(ctx))
	}
	*slot = created
	return created, nil
}

func (r *runtimes) close(ctx context.Context) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	var err error
	for _, slot := range []*wazero.Runtime{&r.ticking, &r.checked} {
		if *slot != nil {
			err = errors.Join(err, (*slot).Close(ctx))
			*slot = nil
		}
	}
	return err
}

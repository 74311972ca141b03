package guest

import (
	"context"
	"crypto/sha256"
	"errors"
	"slices"
	"sync"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
)

// contentHash is the SHA-256 of a component or template.
type contentHash [sha256.Size]byte

// template is compiled code that programs share, with the host modules that
// its imports are bound to.
type template struct {
	runtime  wazero.Runtime
	compiled wazero.CompiledModule
	modules  map[string]api.Module // host modules by the name they are imported as
	owned    []interface{ Close(context.Context) error }

	key   contentHash
	ready chan struct{} // closed once compiled or failed
	err   error
	users int // programs; guarded by templates.mu
}

// templates counts the users of each template and closes it with the last.
type templates struct {
	mu    sync.Mutex
	byKey map[contentHash]*template
}

// acquire returns the template of that key, building it when nobody has it.
// Concurrent calls share one build.
func (ts *templates) acquire(key contentHash, build func(*template) error) (*template, error) {
	t, isNew := ts.join(key)
	if isNew {
		t.fill(build)
	}
	<-t.ready
	if t.err != nil {
		return nil, errors.Join(t.err, ts.release(t))
	}
	return t, nil
}

// fill builds the template. Others may be waiting for it, and must not do so for
// ever because the compiler broke down over bytes from anywhere.
func (t *template) fill(build func(*template) error) {
	defer close(t.ready)
	defer func() {
		if cause := recover(); cause != nil {
			t.err = brokeDown(cause)
		}
	}()
	t.err = build(t)
}

func (ts *templates) join(key contentHash) (t *template, isNew bool) {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	if t = ts.byKey[key]; t == nil {
		t, isNew = &template{key: key, ready: make(chan struct{})}, true
		if ts.byKey == nil {
			ts.byKey = map[contentHash]*template{}
		}
		ts.byKey[key] = t
	}
	t.users++
	return t, isNew
}

// release ends one use. The last one closes the code: no program can be
// running then, for every one of them was a user.
func (ts *templates) release(t *template) error {
	ts.mu.Lock()
	t.users--
	last := t.users == 0
	if last && ts.byKey[t.key] == t {
		delete(ts.byKey, t.key)
	}
	ts.mu.Unlock()
	if !last {
		return nil
	}
	return t.close(context.Background())
}

// own notes something that ends with the template.
func (t *template) own(part interface{ Close(context.Context) error }) {
	t.owned = append(t.owned, part)
}

// close ends the parts in the opposite of the order they were made.
func (t *template) close(ctx context.Context) error {
	var err error
	for _, part := range slices.Backward(t.owned) {
		err = errors.Join(err, part.Close(ctx))
	}
	return err
}

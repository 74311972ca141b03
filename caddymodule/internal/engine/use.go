package engine

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/same-origin/devproxy/caddymodule/internal/backend"
	"github.com/same-origin/devproxy/caddymodule/internal/monitor"
	"github.com/same-origin/devproxy/compose/spelling"
)

// UseOptions say how another backend takes over.
type UseOptions struct {
	// Wait asks again until the backend answers, or the context ends. Without
	// it one failure is the end, but for containers that are only starting.
	Wait bool
	// Force selects a backend that does not answer.
	Force bool
	// StopOld ends the containers of the backend before, once its requests are
	// done; otherwise they stay, and a swap back costs nothing.
	StopOld bool
	// Percent, Header and Cookie share the requests out instead of sending all
	// of them; see [backend.Split].
	Percent        int
	Header, Cookie backend.Pair
}

func (o UseOptions) splits() bool {
	return o.Percent > 0 || o.Header.Name != "" || o.Cookie.Name != ""
}

// NotReadyError says that a backend did not take over, since it does not
// answer. The one before goes on.
type NotReadyError struct {
	Backend string
	Fault   monitor.Fault
}

func (e *NotReadyError) Error() string {
	return fmt.Sprintf("backend %s does not answer: %s", e.Backend, e.Fault.Message)
}

// Use sends new requests to the named backend, once it has answered a probe,
// and starts it first where it is started on demand. Requests that run stay
// where they are. A backend that does not answer takes nothing over: the error
// is a *NotReadyError then.
//
// One that is asked for while another is under way takes its place: the error of
// that is a *SupersededError. When the engine stops, the error is [ErrStopped].
func (e *Engine) Use(ctx context.Context, name string, o UseOptions) error {
	if err := e.known(name); err != nil { // which takes no other's place
		return err
	}
	if err := ctx.Err(); err != nil { // nor does who has left
		return fmt.Errorf("selecting %s: %w", name, err)
	}
	ctx, made := e.wishes.make(ctx, name)
	defer e.wishes.drop(made)
	err := e.use(ctx, made, o)
	var superseded *SupersededError
	switch {
	case err != nil && e.ctx.Err() != nil:
		return fmt.Errorf("%w, and %s takes nothing over", ErrStopped, name)
	case err != nil && errors.As(context.Cause(ctx), &superseded):
		return superseded
	}
	return err
}

// ErrStopped says that the engine ended before it did what was asked for.
var ErrStopped = errors.New("devproxy has stopped")

func (e *Engine) use(ctx context.Context, made *wish, o UseOptions) error {
	name := made.backend
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(e.ctx, cancel)()
	select {
	case e.using <- struct{}{}:
	case <-ctx.Done():
		return fmt.Errorf("selecting %s: another swap is under way: %w", name, ctx.Err())
	}
	defer func() { <-e.using }()
	if err := e.known(name); err != nil {
		return err
	}
	putBack := e.demandNow(name)
	old, err := e.takeOver(ctx, made, o)
	if err != nil {
		putBack()
		return err
	}
	e.log.Info("requests go to another backend", "backend", name, "before", nameOf(old), "percent", o.Percent)
	e.Retry(name)
	if o.StopOld && old != nil {
		return e.stopOld(ctx, old)
	}
	return nil
}

// takeOver starts the wish's backend, and selects it once it has answered. It
// gives the one that was selected before.
func (e *Engine) takeOver(ctx context.Context, made *wish, o UseOptions) (old *backend.Backend, err error) {
	name := made.backend
	if err := e.start(name); err != nil {
		return nil, err
	}
	e.mendDocker(ctx, name)
	if err := e.fit(ctx, name, o.Wait); err != nil {
		if ctx.Err() == nil { // else nobody waits for it any more
			e.log.Warn("a backend does not answer", "backend", name, "forced", o.Force, "error", err)
		}
		if !o.Force {
			return nil, err
		}
	}
	e.furnish(ctx, name, o.Wait)
	e.heat(ctx, name, o.Wait)
	if old, err = e.grant(ctx, made, o); err != nil {
		e.tellLoops(e.ctx, isElsewhere(e.selector.Current()))
	}
	return old, err
}

// grant makes the choice, unless nobody waits for it any more.
func (e *Engine) grant(ctx context.Context, made *wish, o UseOptions) (old *backend.Backend, err error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("selecting %s: %w", made.backend, err)
	}
	if !e.wishes.grant(made) {
		return nil, fmt.Errorf("selecting %s: %w", made.backend, context.Canceled)
	}
	return e.hand(made.backend, o)
}

// furnishing bounds how long a swap waits for builds; one that was told to wait
// does so as long as its context lasts.
const furnishing = time.Minute

// furnish has the change loops publish what a runner in another process
// executes before that gets a request: a handler that ran from its source is
// not there for it yet. A build that fails, or takes too long, holds no swap
// up.
func (e *Engine) furnish(ctx context.Context, name string, wait bool) {
	if b, _ := e.backendOf(name); !isElsewhere(b) {
		return
	}
	if !wait {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, furnishing)
		defer cancel()
	}
	e.tellLoops(ctx, true)
	for _, l := range e.loaded() {
		if _, err := l.loop.Settled(ctx); err != nil {
			e.log.Debug("a build was not waited for", "dir", l.dir, "error", err)
		}
	}
}

// isElsewhere says that a backend is another process.
func isElsewhere(b *backend.Backend) bool {
	return b != nil && b.Config().Kind != backend.Embedded
}

// hand makes the choice, and gives the backend that was selected before.
func (e *Engine) hand(name string, o UseOptions) (old *backend.Backend, err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	b := e.backends[name]
	if b == nil {
		return nil, fmt.Errorf("selecting %s: the configuration has changed meanwhile", name)
	}
	old = e.selector.Current()
	switch {
	case o.splits():
		e.selector.Share(&backend.Split{To: b, Percent: o.Percent, Header: o.Header, Cookie: o.Cookie})
	default:
		e.selector.Select(b)
	}
	return old, nil
}

// fitPause is how often a backend is asked that is waited for.
const fitPause = 250 * time.Millisecond

// fitTimeout bounds one question; a service may have to start for it.
const fitTimeout = 60 * time.Second

// fit returns nil when the backend answers.
func (e *Engine) fit(ctx context.Context, name string, wait bool) error {
	for {
		changed := e.selector.Changed()
		b, fault := e.backendOf(name)
		if b == nil {
			return fmt.Errorf("asking %s: the configuration has changed meanwhile", name)
		}
		if fault == nil {
			fault = e.answers(ctx, b)
		}
		if fault == nil {
			return nil
		}
		found := monitor.FaultOf(fault, addressOf(b))
		if (!wait && found.Code != codeStarting) || !backend.Pause(ctx, changed, fitPause) {
			return &NotReadyError{Backend: name, Fault: found}
		}
	}
}

// answers asks with patience: what comes up for the question is up.
func (e *Engine) answers(ctx context.Context, b *backend.Backend) error {
	limit := fitTimeout
	if b.Config().Kind != backend.Knative {
		limit = 10 * time.Second
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	return e.healthy(ctx, b)
}

// stopOld ends what a backend is made of, if it is ours to end.
func (e *Engine) stopOld(ctx context.Context, old *backend.Backend) error {
	if old.Config().Kind != backend.Docker || e.selector.Uses(old) {
		return nil
	}
	if err := e.selector.Drain(ctx, old, streamGrace); err != nil {
		return fmt.Errorf("stopping %s: %w", old.Name(), err)
	}
	return e.stop(old.Name())
}

// Retry has the named backend asked at once, also one that used up its
// retries.
func (e *Engine) Retry(name string) {
	if w := e.monitorOf(name); w != nil {
		w.Retry()
	}
}

// ErrUnknownBackend says that no backend has the name asked for.
var ErrUnknownBackend = errors.New("unknown backend")

// Select sends new requests to the backend of that name, whether or not it
// answers.
func (e *Engine) Select(name string) error {
	if err := e.known(name); err != nil {
		return err
	}
	_, err := e.hand(name, UseOptions{})
	return err
}

// known is nil, or names the backends there are.
func (e *Engine) known(name string) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.backends[name] != nil {
		return nil
	}
	names := slices.Sorted(maps.Keys(e.backends))
	if near := spelling.Nearest(name, names); near != "" {
		return fmt.Errorf("%w %q; did you mean %q?", ErrUnknownBackend, name, near)
	}
	return fmt.Errorf("%w %q; there are %s", ErrUnknownBackend, name, strings.Join(names, ", "))
}

func nameOf(b *backend.Backend) string {
	if b == nil {
		return ""
	}
	return b.Name()
}

package guest

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"runtime"

	"github.com/same-origin/devproxy/caddymodule/runner/guest/component"
)

const buildFix = "build it with `jco componentize` (npm package @bytecodealliance/jco)"

// Load implements Engine. A compile that nobody waits for any longer runs to
// its end, so that the next Load finds its result.
func (e *wazeroEngine) Load(ctx context.Context, bytes []byte) (Program, error) {
	if err := context.Cause(ctx); err != nil {
		return nil, fmt.Errorf("loading a component: %w", err)
	}
	return e.share(ctx, sha256.Sum256(bytes), func() (*program, error) {
		if err := e.space.check(toRead(len(bytes))); err != nil {
			return nil, err // compile asks for more, unless the code is there
		}
		shape, err := readShape(bytes)
		if err != nil {
			return nil, err
		}
		return e.prepare(shape)
	})
}

// share gives the program of that hash; the first caller makes it.
func (e *wazeroEngine) share(ctx context.Context, hash contentHash, build func() (*program, error)) (Program, error) {
	if p, known := e.programs.Get(hash); known {
		return p, nil
	}
	loaded := e.loads.DoChan(string(hash[:]), func() (any, error) { return e.loadOnce(hash, build) })
	select {
	case result := <-loaded:
		if result.Err != nil {
			return nil, result.Err
		}
		return result.Val.(*program), nil
	case <-ctx.Done():
		return nil, fmt.Errorf("waiting for a handler to load: %w", context.Cause(ctx))
	}
}

// loadOnce builds and remembers the program of that hash.
func (e *wazeroEngine) loadOnce(hash contentHash, build func() (*program, error)) (p *program, err error) {
	if err := e.enter(); err != nil {
		return nil, err
	}
	defer e.work.Done()
	if p, known := e.programs.Get(hash); known {
		return p, nil
	}
	defer func() { // the decoders are given bytes from anywhere
		if cause := recover(); cause != nil {
			p, err = nil, brokeDown(cause)
		}
	}()
	if p, err = build(); err == nil {
		e.programs.Add(hash, p)
	}
	return p, err
}

// brokeDown is the error of a panic over a handler.
func brokeDown(cause any) error {
	return &UnsupportedError{Reason: fmt.Sprintf("compiling it ended with: %v", cause), Fix: buildFix}
}

// prepare makes the program of a component. The template lives as long as
// the program is reachable: callers may hold on to one that the engine has
// forgotten.
func (e *wazeroEngine) prepare(shape *shape) (*program, error) {
	from := split(shape)
	t, err := e.templates.acquire(from.key(), func(t *template) error { return e.compile(t, shape, from) })
	if err != nil {
		return nil, err
	}
	start := image{segments: from.Segments, clocks: from.Clocks, pages: shape.main.MemoryPages}
	p := newProgram(e, shape, start, t)
	all := e.templates
	runtime.AddCleanup(p, func(t *template) { _ = all.release(t) }, t)
	return p, nil
}

// shape is what a component says about itself.
type shape struct {
	main     *component.Module
	handler  handler
	bindings []binding // by core import
}

// readShape checks that the engine can run a component.
func readShape(bytes []byte) (*shape, error) {
	c, err := component.Parse(bytes)
	if err != nil {
		return nil, &UnsupportedError{Reason: err.Error(), Fix: buildFix}
	}
	return shapeOf(c)
}

func shapeOf(c *component.Component) (*shape, error) {
	exported := c.Exports[handlerExport]
	if exported == nil {
		return nil, &UnsupportedError{Reason: "it does not export the function handler", Fix: "export it from the world `runner`"}
	}
	main, err := c.Main(handlerExport)
	if errors.Is(err, component.ErrNoHandler) || err == nil && main.NeedsLinker {
		return nil, &UnsupportedError{Reason: "its handler is linked from several core modules", Fix: buildFix}
	}
	if err != nil {
		return nil, &UnsupportedError{Reason: err.Error(), Fix: buildFix}
	}
	s := &shape{main: main}
	if s.handler, err = newHandler(exported, main); err != nil {
		return nil, err
	}
	s.bindings, err = bindImports(c, main)
	return s, err
}

package guest

import (
	"context"
	"errors"
	"fmt"
	"runtime"

	lru "github.com/hashicorp/golang-lru/v2"
	"github.com/tetratelabs/wazero/experimental"
	"golang.org/x/sync/singleflight"

	"github.com/same-origin/devproxy/caddymodule/runner/guest/component"
	"github.com/same-origin/devproxy/caddymodule/runner/guest/rewrite"
	"github.com/same-origin/devproxy/caddymodule/runner/guest/source"
)

// base is an engine fitted to an interface and compiled, which all handlers
// of that interface are initialised in.
type base struct {
	engine   *wazeroEngine
	template *template
	shape    *shape
	start    image // before initialisation
	globals  int
	spliced  *source.Spliced // without its module
}

// bases keeps the engines of the last interfaces.
type bases struct {
	engine  *wazeroEngine
	known   *lru.Cache[source.Digest, *base]
	fitting singleflight.Group
}

// mostBases is how many interfaces are kept at hand; one takes 60 MB, and an
// installation of componentize-js rarely serves more than one.
const mostBases = 4

func newBases(e *wazeroEngine) *bases {
	known, err := lru.New[source.Digest, *base](mostBases)
	if err != nil {
		panic(err) // the size above is positive
	}
	return &bases{engine: e, known: known}
}

// of gives the base of the inputs; callers at the same time share its making.
func (bs *bases) of(in source.Inputs) (*base, error) {
	if b, known := bs.known.Get(in.Key); known {
		return b, nil
	}
	made, err, _ := bs.fitting.Do(string(in.Key[:]), func() (any, error) { return bs.make(in) })
	if err != nil {
		return nil, err
	}
	return made.(*base), nil
}

// make is of for the one caller of each key.
func (bs *bases) make(in source.Inputs) (*base, error) {
	if b, known := bs.known.Get(in.Key); known {
		return b, nil
	}
	workers := experimental.WithCompilationWorkers(context.Background(), bs.engine.options.CompileWorkers)
	ctx, cancel := context.WithTimeout(workers, fitTimeout)
	defer cancel()
	spliced, err := bs.engine.splice(ctx, in)
	if err != nil {
		return nil, err
	}
	b, err := bs.engine.newBase(spliced)
	if err == nil {
		bs.known.Add(in.Key, b)
	}
	return b, err
}

// engineSize is about that of componentize-js's engine.
const engineSize = 9 << 20

// splice fits an engine where there is memory for it: what fits it must be
// compiled itself, which takes less than what comes after.
func (e *wazeroEngine) splice(ctx context.Context, in source.Inputs) (*source.Spliced, error) {
	need := toCompile(engineSize)
	if e.splicer.Kept(in) {
		need = toRead(engineSize)
	}
	if err := e.space.promise(need); err != nil {
		return nil, err
	}
	defer e.space.keep(need)
	return e.splicer.Splice(ctx, in)
}

// newBase compiles a fitted engine, or finds its machine code in the cache.
func (e *wazeroEngine) newBase(spliced *source.Spliced) (*base, error) {
	c, err := component.ParseCore(spliced.Core)
	if err != nil {
		return nil, misfit(err)
	}
	shape, err := shapeOf(c)
	if err != nil {
		return nil, misfit(err)
	}
	tick := tickImport(shape.main)
	split, err := rewrite.Split(spliced.Core, rewrite.Options{TickFunction: tick, ExportGlobals: true})
	if err != nil {
		return nil, misfit(err)
	}
	from := code{Template: *split, ticks: tick >= 0}
	t, err := e.templates.acquire(from.key(), func(t *template) error { return e.compile(t, shape, from) })
	if err != nil {
		return nil, misfit(err)
	}
	b := &base{
		engine: e, template: t, shape: shape, globals: split.Globals,
		start:   image{segments: split.Segments, clocks: split.Clocks, pages: shape.main.MemoryPages},
		spliced: &source.Spliced{Initializer: spliced.Initializer, Environment: spliced.Environment},
	}
	shape.main.Bytes = nil // 10 MB that nothing reads again
	all := e.templates
	runtime.AddCleanup(b, func(t *template) { _ = all.release(t) }, t)
	return b, nil
}

// misfit says that componentize-js's engine is not what this package knows,
// unless there was no memory to compile it.
func misfit(err error) error {
	var unsupported *UnsupportedError
	var memory *MemoryError
	reason := err.Error()
	switch {
	case errors.As(err, &unsupported):
		reason = unsupported.Reason
	case errors.As(err, &memory):
		return err
	}
	return &source.UnavailableError{
		Reason: fmt.Sprintf("the engine that componentize-js fitted cannot be run: %s", reason),
		Fix:    "build dist/main.wasm, which runs without it",
	}
}

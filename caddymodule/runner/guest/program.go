package guest

import (
	"cmp"
	"context"
	"runtime"
	"slices"
)

// program is a loaded component. It does not change after newProgram, but that
// its first run freezes what it starts with.
type program struct {
	engine   *wazeroEngine
	template *template
	start    image
	frozen   frozen
	handler  handler
	bindings []binding
	imports  []Import
	wasi     bool
	stubs    *stubs // nil without
	base     *base  // that a program from source came from; its template ends with it
}

func newProgram(e *wazeroEngine, s *shape, start image, t *template) *program {
	return &program{
		engine: e, template: t, start: start,
		handler:  s.handler,
		bindings: s.bindings,
		imports:  importsOf(s.bindings),
		wasi:     slices.ContainsFunc(s.bindings, func(b binding) bool { return b.function == nil }),
	}
}

// Imports implements Program.
func (p *program) Imports() []Import { return slices.Clone(p.imports) }

// Run implements Program.
func (p *program) Run(ctx context.Context, req Request, host Host, limits Limits) (Response, error) {
	if err := p.engine.enter(); err != nil {
		return Response{}, err
	}
	defer p.engine.work.Done()
	p.engine.runs.Add(1)
	defer p.engine.runs.Add(-1)
	defer runtime.KeepAlive(p) // whose end would close the code that runs
	limits.MemoryBytes = cmp.Or(limits.MemoryBytes, defaultMemory)
	if limits.Timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, limits.Timeout, timeoutError(limits.Timeout))
		defer cancel()
	}
	r := newRun(p, host, limits)
	response, err := r.handle(ctx, req)
	if err != nil {
		return Response{}, r.trap(ctx, err)
	}
	return response, nil
}

// Interface guard.
var _ Program = (*program)(nil)

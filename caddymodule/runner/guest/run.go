package guest

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"

	"github.com/same-origin/devproxy/caddymodule/runner/guest/abi"
	"github.com/same-origin/devproxy/caddymodule/runner/guest/rewrite"
)

// run is one call of a handler in an instance of its own.
type run struct {
	program   *program
	host      Host
	limits    Limits
	memory    guestMemory
	cap       *memoryCap
	console   *console
	timers    timers
	repeating repeating
}

func newRun(p *program, host Host, limits Limits) *run {
	capacity := uint64(p.start.pages) * bytesPerPage
	return &run{program: p, host: host, limits: limits, cap: &memoryCap{limit: limits.MemoryBytes, start: capacity}}
}

// runKey is the context key of the run that host functions belong to.
type runKey struct{}

func runOf(ctx context.Context) *run { return ctx.Value(runKey{}).(*run) }

// handle instantiates, calls and ends the guest.
func (r *run) handle(ctx context.Context, req Request) (response Response, err error) {
	if err := context.Cause(ctx); err != nil {
		return Response{}, stopped{err}
	}
	if needed := uint64(r.program.start.pages) * bytesPerPage; needed > r.limits.MemoryBytes {
		r.cap.reached = true
		return Response{}, fmt.Errorf("the guest starts with %d bytes of memory", needed)
	}
	r.cap.image, r.cap.usual = r.program.frozen.of(&r.program.start), r.program.frozen.usual()
	defer r.cap.end() // after the instance's own end
	ctx = context.WithValue(ctx, runKey{}, r)
	blanker, _ := r.host.(Blanker)
	r.console = newConsole(ctx, r.consoleHost(), blanker)
	instance, err := r.instantiate(ctx, r.moduleConfig())
	if err != nil {
		return Response{}, err
	}
	defer func() { err = errors.Join(err, instance.Close(context.WithoutCancel(ctx))) }()
	defer r.console.flush()
	if response, err = r.call(ctx, instance, req); err == nil {
		r.program.frozen.learnFrom(r.cap.thawedPart())
	}
	return response, err
}

func (r *run) call(ctx context.Context, instance api.Module, req Request) (Response, error) {
	function := r.program.handler.function
	r.memory = guestMemory{
		Memory:    instance.Memory(),
		allocator: instance.ExportedFunction(allocatorExport),
		ctx:       ctx,
	}
	params, err := function.LowerParams(r.memory, []any{r.program.handler.lowerRequest(req)})
	if err != nil {
		return Response{}, fmt.Errorf("passing the request: %w", err)
	}
	results, err := instance.ExportedFunction(handlerExport).Call(ctx, params...)
	if err != nil {
		return Response{}, err
	}
	// The instance ends here, so nothing needs the memory that the component's
	// post-return function would free.
	value, err := function.LiftResult(r.memory, results)
	if err != nil {
		return Response{}, fmt.Errorf("reading the response: %w", err)
	}
	return liftResponse(value), nil
}

// instantiate makes a fresh instance that starts as the program does.
func (r *run) instantiate(ctx context.Context, config wazero.ModuleConfig) (api.Module, error) {
	t := r.program.template
	ctx = experimental.WithMemoryAllocator(t.resolving(ctx), r.cap)
	instance, err := t.runtime.InstantiateModule(ctx, t.compiled, config)
	if err != nil {
		return nil, fmt.Errorf("starting the guest: %w", err)
	}
	if err := errors.Join(r.cap.failed, r.program.start.restore(instance)); err != nil {
		return nil, errors.Join(err, instance.Close(ctx))
	}
	return instance, nil
}

// isTick tells a loop's tick from a real call.
func isTick(stack []uint64) bool {
	return len(stack) == 2 && uint32(stack[0]) == rewrite.TickSentinel && uint32(stack[1]) == rewrite.TickSentinel
}

// mustGoOn unwinds the guest when its time is up. The clock is read as well
// as the context, whose timer may wait for a busy processor.
func (r *run) mustGoOn(ctx context.Context) {
	if deadline, limited := ctx.Deadline(); limited && !time.Now().Before(deadline) {
		panic(stopped{context.DeadlineExceeded})
	}
	if err := context.Cause(ctx); err != nil {
		panic(stopped{err})
	}
}

// answer passes a call of the guest to the host. Panics unwind the guest;
// wazero turns them into the error of the guest's call.
func (r *run) answer(ctx context.Context, b binding, stack []uint64) {
	args, err := b.function.LiftParams(r.memory, stack)
	if err != nil {
		panic(fmt.Errorf("calling %v: %w", b.Import, err))
	}
	answer, err := r.host.Call(ctx, Call{Import: b.Import, Args: args, ErrorCases: b.errorCases})
	r.mustGoOn(ctx)
	if err != nil {
		panic(hostError{err})
	}
	err = b.function.LowerResult(r.memory, stack, answer)
	switch {
	case errors.Is(err, abi.ErrHostValue):
		panic(hostError{fmt.Errorf("answering %v: %w", b.Import, err)})
	case err != nil:
		panic(fmt.Errorf("answering %v: %w", b.Import, err))
	}
}

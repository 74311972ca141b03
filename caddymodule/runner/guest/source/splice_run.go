package source

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/imports/wasi_snapshot_preview1"

	"github.com/same-origin/devproxy/caddymodule/runner/guest/abi"
)

// spliceExport is the splicer's function, by its name in the core module.
const spliceExport = "local:spidermonkey-embedding-splicer/splicer#splice-bindings"

// run fits the engine with componentize-js's own splicer. wazero checks the
// context at its loops, which costs a second and lets the process around it
// breathe.
func (s *Splicer) run(ctx context.Context, in Inputs) (*Spliced, error) {
	config := wazero.NewRuntimeConfig().WithCompilationCache(s.compiled).WithCloseOnContextDone(true)
	runtime := wazero.NewRuntimeWithConfig(ctx, config)
	defer runtime.Close(context.WithoutCancel(ctx))
	instance, err := instantiate(ctx, runtime, in)
	if err != nil {
		return nil, err
	}
	engine, err := os.ReadFile(in.build.Toolchain.engine())
	if err != nil {
		return nil, unreadable(in.build.Toolchain.engine(), err)
	}
	answer, err := callSplice(ctx, instance, []any{engine, []any{}, nil, "/" + witRoot, optional(in.build.World), false})
	switch {
	case ctx.Err() != nil:
		return nil, fmt.Errorf("fitting the engine to the interface: %w", context.Cause(ctx))
	case err != nil:
		text, _, _ := strings.Cut(err.Error(), "\n")
		return nil, &UnavailableError{Reason: "componentize-js could not fit its engine to " + in.build.WIT + ": " + text, Fix: artefactFix}
	case answer.Err:
		return nil, &UnavailableError{Reason: fmt.Sprintf("componentize-js does not take the interface %s: %v", in.build.WIT, answer.Value), Fix: "mend the interface"}
	}
	return splicedOf(answer.Value.(map[string]any)), nil
}

func instantiate(ctx context.Context, runtime wazero.Runtime, in Inputs) (api.Module, error) {
	file := in.build.Toolchain.splicer()
	if _, err := wasi_snapshot_preview1.Instantiate(ctx, runtime); err != nil {
		return nil, fmt.Errorf("preparing WASI: %w", err)
	}
	content, err := os.ReadFile(file)
	if err != nil {
		return nil, unreadable(file, err)
	}
	compiled, _, err := Compile(ctx, runtime, content)
	if err != nil {
		return nil, unreadable(file, err)
	}
	config := wazero.NewModuleConfig().WithName("").WithStartFunctions().WithRandSource(rand.Reader).
		WithFSConfig(wazero.NewFSConfig().WithFSMount(in.wit, "/"))
	instance, err := runtime.InstantiateModule(ctx, compiled, config)
	if err != nil {
		return nil, unreadable(file, err)
	}
	return instance, nil
}

func callSplice(ctx context.Context, instance api.Module, args []any) (abi.Result, error) {
	function, err := spliceFunction()
	if err != nil {
		return abi.Result{}, err
	}
	export, allocator := instance.ExportedFunction(spliceExport), instance.ExportedFunction("cabi_realloc")
	if export == nil || allocator == nil || instance.Memory() == nil {
		return abi.Result{}, errors.New("its splicer has another shape")
	}
	memory := splicerMemory{instance.Memory(), allocator, ctx}
	params, err := function.LowerParams(memory, args)
	if err != nil {
		return abi.Result{}, fmt.Errorf("passing the engine: %w", err)
	}
	results, err := export.Call(ctx, params...)
	if err != nil {
		return abi.Result{}, err
	}
	value, err := function.LiftResult(memory, results)
	if err != nil {
		return abi.Result{}, fmt.Errorf("reading the fitted engine: %w", err)
	}
	return value.(abi.Result), nil
}

func optional(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// splicerMemory is the splicer's memory with the allocator that it exports.
type splicerMemory struct {
	api.Memory
	allocator api.Function
	ctx       context.Context // of the call
}

// Allocate implements abi.Memory.
func (m splicerMemory) Allocate(align, size uint32) (uint32, error) {
	results, err := m.allocator.Call(m.ctx, 0, 0, uint64(align), uint64(size))
	if err != nil {
		return 0, err
	}
	return uint32(results[0]), nil
}

// Interface guard.
var _ abi.Memory = splicerMemory{}

package guest

import (
	"context"
	"fmt"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"

	"github.com/same-origin/devproxy/caddymodule/runner/guest/abi"
)

// link makes the host modules that a template imports. They have no name in
// the runtime: two components may import the same interface with different
// signatures.
func (t *template) link(ctx context.Context, s *shape) error {
	builders := map[string]wazero.HostModuleBuilder{}
	seen := map[Import]bool{}
	for i, core := range s.main.Imports {
		name := Import{Interface: core.Module, Function: core.Name}
		if core.Module == previewOne || seen[name] {
			continue
		}
		seen[name] = true
		if builders[core.Module] == nil {
			builders[core.Module] = t.runtime.NewHostModuleBuilder(core.Module)
		}
		builders[core.Module].NewFunctionBuilder().
			WithGoModuleFunction(hostFunction(i, s.bindings[i]), valueTypes(core.Signature.Params), valueTypes(core.Signature.Results)).
			Export(core.Name)
	}
	t.modules = make(map[string]api.Module, len(builders))
	for name, builder := range builders {
		if err := t.instantiateHost(ctx, name, builder); err != nil {
			return fmt.Errorf("linking %s: %w", name, err)
		}
	}
	return nil
}

func (t *template) instantiateHost(ctx context.Context, name string, builder wazero.HostModuleBuilder) error {
	compiled, err := builder.Compile(ctx)
	if err != nil {
		return err
	}
	t.own(compiled)
	module, err := t.runtime.InstantiateModule(ctx, compiled, wazero.NewModuleConfig().WithName(""))
	if err != nil {
		return err
	}
	t.own(module)
	t.modules[name] = module
	return nil
}

// resolving lets an instantiation find the template's own host modules.
func (t *template) resolving(ctx context.Context) context.Context {
	return experimental.WithImportResolver(ctx, func(name string) api.Module { return t.modules[name] })
}

func valueTypes(types []abi.ValueType) []api.ValueType {
	list := make([]api.ValueType, len(types))
	for i, t := range types {
		list[i] = api.ValueType(t)
	}
	return list
}

// hostFunction is the Go side of the i-th core import. What it does depends
// on the run: programs with different types, but the same core signatures,
// share it. Any import may be the one that loops tick with.
func hostFunction(i int, b binding) api.GoModuleFunc {
	answer := func(ctx context.Context, r *run, stack []uint64) { r.answer(ctx, r.program.bindings[i], stack) }
	if b.function == nil {
		answer = wasiFunction(b.Import)
	}
	return func(ctx context.Context, _ api.Module, stack []uint64) {
		r := runOf(ctx)
		if isTick(stack) {
			r.mustGoOn(ctx)
			return
		}
		answer(ctx, r, stack)
	}
}

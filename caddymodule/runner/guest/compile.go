package guest

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"github.com/tetratelabs/wazero/experimental"

	"github.com/same-origin/devproxy/caddymodule/runner/guest/abi"
	"github.com/same-origin/devproxy/caddymodule/runner/guest/component"
	"github.com/same-origin/devproxy/caddymodule/runner/guest/rewrite"
	"github.com/same-origin/devproxy/caddymodule/runner/guest/source"
)

// code is what gets compiled, and whether it ticks.
type code struct {
	rewrite.Template
	ticks bool
}

// split rewrites the main module. One that cannot be rewritten compiles as it
// is: each build anew, and slower to run, for wazero must check its loops.
func split(s *shape) code {
	tick := tickImport(s.main)
	template, err := rewrite.Split(s.main.Bytes, rewrite.Options{TickFunction: tick})
	if err != nil {
		return code{Template: rewrite.Template{Module: s.main.Bytes}}
	}
	return code{Template: *template, ticks: tick >= 0}
}

var tickSignature = abi.Signature{Params: []abi.ValueType{abi.I32, abi.I32}}

// tickImport finds an import that loops can call, such as logging#log-info;
// -1 without one.
func tickImport(main *component.Module) int {
	return slices.IndexFunc(main.Imports, func(i component.CoreImport) bool {
		return i.Module != previewOne && i.Signature.Equal(tickSignature)
	})
}

// key tells templates apart. Whether it ticks follows from the bytes.
func (c *code) key() contentHash { return sha256.Sum256(c.Module) }

// compile fills t with machine code and binds its imports.
func (e *wazeroEngine) compile(t *template, s *shape, from code) error {
	leave, err := e.space.enter(from.Module)
	if err != nil {
		return err
	}
	kept := false
	defer func() { leave(kept) }() // wazero may panic
	ctx := experimental.WithCompilationWorkers(context.Background(), e.options.CompileWorkers)
	if t.runtime, err = e.runtimes.of(ctx, from.ticks); err != nil {
		return err
	}
	if t.compiled, kept, err = source.Compile(ctx, t.runtime, from.Module); err != nil {
		return incompilable(err)
	}
	t.own(t.compiled)
	if _, hasMemory := t.compiled.ExportedMemories()[memoryExport]; !hasMemory {
		return &UnsupportedError{Reason: "its core module does not export a memory", Fix: buildFix}
	}
	return t.link(ctx, s)
}

// incompilable is the handler's fault, unless the cache is to blame.
func incompilable(err error) error {
	if path, ok := errors.AsType[*fs.PathError](err); ok {
		return fmt.Errorf("reading the compile cache: %w; remove %s, or choose another folder", err, path.Path)
	}
	return &UnsupportedError{Reason: fmt.Sprintf("compiling its core module: %v", err), Fix: buildFix}
}

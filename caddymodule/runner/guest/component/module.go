package component

import (
	"errors"
	"fmt"

	"github.com/same-origin/devproxy/caddymodule/runner/guest/abi"
	"github.com/same-origin/devproxy/caddymodule/runner/guest/wasmbin"
)

// Module is what a core module imports and exports.
type Module struct {
	Bytes   []byte
	Imports []CoreImport             // functions, in the order of their indices
	Exports map[string]abi.Signature // functions only
	// NeedsLinker says that the module imports a memory, table, global or tag,
	// which only another module of the same component can give it.
	NeedsLinker bool
	// MemoryPages is how many 64 KiB pages the memory starts with.
	MemoryPages uint32
}

// CoreImport is one imported core function.
type CoreImport struct {
	Module, Name string
	Signature    abi.Signature
}

// ErrNoHandler says that no core module exports the wanted function.
var ErrNoHandler = errors.New("no core module of the component exports it")

// Main finds the core module that exports the core function name.
func (c *Component) Main(name string) (*Module, error) {
	for _, bytes := range c.Modules {
		m, err := parseModule(bytes)
		if err != nil {
			return nil, fmt.Errorf("reading core module: %w", err)
		}
		if _, exported := m.Exports[name]; exported {
			return m, nil
		}
	}
	return nil, ErrNoHandler
}

func parseModule(b []byte) (*Module, error) {
	if wasmbin.KindOf(b) != wasmbin.Module {
		return nil, errors.New("bad header")
	}
	sections, err := wasmbin.Sections(b)
	if err != nil {
		return nil, err
	}
	p := moduleParser{module: Module{Bytes: b, Exports: map[string]abi.Signature{}}}
	for _, s := range sections {
		r := wasmbin.NewReader(s.Content)
		if err := p.section(s.ID, r); err != nil {
			return nil, err
		}
	}
	return &p.module, nil
}

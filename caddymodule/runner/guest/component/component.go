// Package component reads a WebAssembly component far enough to run it
// without a component runtime: its main core module, and the types of the
// functions that it imports and exports, from its own type section.
//
// Package guest calls it when it loads a component; it calls wasmbin and abi.
package component

import (
	"errors"
	"fmt"

	"github.com/same-origin/devproxy/caddymodule/runner/guest/abi"
	"github.com/same-origin/devproxy/caddymodule/runner/guest/wasmbin"
)

// Component is what a component's outer layer says.
type Component struct {
	// Modules are the embedded core modules; they share memory with the
	// component's bytes.
	Modules [][]byte
	// Imports are the imported functions by interface and function name, as
	// they are written ("alga:extension/secrets@1.0.0", "get"). Functions that
	// the world imports directly have the interface "$root".
	Imports map[Name]*abi.Func
	// Exports are the exported functions, lifted from core functions.
	Exports map[string]*abi.Func
}

// Name names an imported function.
type Name struct{ Interface, Function string }

// Root is the interface name of functions that the world imports directly.
const Root = "$root"

// Errors that say what the bytes are instead of a component.
var (
	ErrModule = errors.New("this is a core WebAssembly module, not a component")
	ErrEmpty  = errors.New("the file is empty")
	ErrOther  = errors.New("this is not WebAssembly")
)

// Parse reads a component. It returns an error, and never panics, on any
// bytes.
func Parse(b []byte) (*Component, error) {
	switch kind := wasmbin.KindOf(b); {
	case len(b) == 0:
		return nil, ErrEmpty
	case kind == wasmbin.Module:
		return nil, ErrModule
	case kind != wasmbin.Component:
		return nil, ErrOther
	}
	sections, err := wasmbin.Sections(b)
	if err != nil {
		return nil, fmt.Errorf("reading component sections: %w", err)
	}
	p := newParser()
	for _, section := range sections {
		if err := p.section(section); err != nil {
			return nil, fmt.Errorf("reading component %s: %w", sectionNames[section.ID], err)
		}
	}
	return &p.component, nil
}

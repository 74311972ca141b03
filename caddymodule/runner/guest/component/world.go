package component

import (
	"errors"
	"fmt"
	"strings"

	"github.com/same-origin/devproxy/caddymodule/runner/guest/abi"
	"github.com/same-origin/devproxy/caddymodule/runner/guest/wasmbin"
)

// This file reads a core module that is to become a component: its types are
// not around it yet, but written into a custom section as a world.

// world is the type of a component.
type world struct {
	imports map[Name]*abi.Func
	exports *instanceType
}

func newWorld() *world {
	return &world{imports: map[Name]*abi.Func{}, exports: &instanceType{members: map[string]entity{}}}
}

// addImport notes the functions of one import, which imported holds alone.
func (w *world) addImport(imported *instanceType) {
	for name, e := range imported.members {
		switch {
		case e.function != nil:
			w.imports[Name{Interface: Root, Function: name}] = e.function
		case e.instance != nil:
			for member, e := range e.instance.members {
				if e.function != nil {
					w.imports[Name{Interface: name, Function: member}] = e.function
				}
			}
		}
	}
}

// typeSection is how the name of a custom section begins that holds a world.
const typeSection = "component-type"

var errNoWorld = errors.New("no custom section of the module describes its world")

// ParseCore reads a core module as componentize-js hands it to the component
// linker: Modules holds the module itself, and the functions come from the
// world in its custom section.
func ParseCore(module []byte) (*Component, error) {
	sections, err := coreSections(module)
	if err != nil {
		return nil, fmt.Errorf("reading module sections: %w", err)
	}
	for _, section := range sections {
		if section.ID != 0 {
			continue
		}
		r := wasmbin.NewReader(section.Content)
		if !strings.HasPrefix(r.Name(), typeSection) {
			continue
		}
		w, err := parseWorld(section.Content[r.Offset():])
		if err != nil {
			return nil, fmt.Errorf("reading the module's world: %w", err)
		}
		return w.component(module), nil
	}
	return nil, errNoWorld
}

func coreSections(module []byte) ([]wasmbin.Section, error) {
	if wasmbin.KindOf(module) != wasmbin.Module {
		return nil, ErrOther
	}
	return wasmbin.Sections(module)
}

// parseWorld reads a component whose only type is that of a package, which
// exports the type of its world.
func parseWorld(b []byte) (*world, error) {
	if wasmbin.KindOf(b) != wasmbin.Component {
		return nil, ErrOther
	}
	sections, err := wasmbin.Sections(b)
	if err != nil {
		return nil, err
	}
	p := newParser()
	for _, section := range sections {
		if section.ID != sectionType {
			continue
		}
		if err := p.section(section); err != nil {
			return nil, err
		}
	}
	for _, e := range p.types.types {
		if w := e.world.only(); w != nil {
			return w, nil
		}
	}
	return nil, errNoWorld
}

// only gives the one world among the exports; nil without one.
func (w *world) only() *world {
	if w == nil {
		return nil
	}
	for _, e := range w.exports.members {
		if e.world != nil {
			return e.world
		}
	}
	return nil
}

func (w *world) component(module []byte) *Component {
	c := &Component{Modules: [][]byte{module}, Imports: w.imports, Exports: map[string]*abi.Func{}}
	for name, e := range w.exports.members {
		if e.function != nil {
			c.Exports[name] = e.function
		}
	}
	return c
}

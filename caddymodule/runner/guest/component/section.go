package component

import (
	"github.com/same-origin/devproxy/caddymodule/runner/guest/abi"
	"github.com/same-origin/devproxy/caddymodule/runner/guest/wasmbin"
)

// Ids of a component's sections.
const (
	sectionCoreModule = 1
	sectionComponent  = 4
	sectionInstance   = 5
	sectionAlias      = 6
	sectionType       = 7
	sectionCanon      = 8
	sectionImport     = 10
	sectionExport     = 11
)

var sectionNames = map[byte]string{
	sectionCoreModule: "core module", sectionComponent: "nested component", sectionInstance: "instances",
	sectionAlias: "aliases", sectionType: "types", sectionCanon: "canonical functions",
	sectionImport: "imports", sectionExport: "exports",
}

// parser holds the index spaces that later sections refer to. Core index
// spaces are not kept: the main module is found by what it exports.
type parser struct {
	component Component
	types     *scope
	instances []*instance
	functions []*abi.Func // nil where a function is not one of values
}

// instance is an imported instance; its members are nil when the instance
// was made inside the component.
type instance struct{ members map[string]entity }

func newParser() *parser {
	return &parser{
		types: &scope{},
		component: Component{
			Imports: map[Name]*abi.Func{},
			Exports: map[string]*abi.Func{},
		},
	}
}

// section reads one section. Those left out (custom, core instances, core
// types, start) define nothing that this parser keeps.
func (p *parser) section(s wasmbin.Section) error {
	read := map[byte]func(*wasmbin.Reader){
		sectionInstance: p.instance,
		sectionAlias:    p.alias,
		sectionType:     func(r *wasmbin.Reader) { p.types.add(p.types.definition(r)) },
		sectionCanon:    p.canon,
		sectionImport:   p.importDeclaration,
		sectionExport:   p.export,
	}[s.ID]
	if s.ID == sectionCoreModule {
		p.component.Modules = append(p.component.Modules, s.Content)
	}
	if read == nil {
		return nil
	}
	r := wasmbin.NewReader(s.Content)
	for n := r.Count(); n > 0 && r.Err() == nil; n-- {
		read(r)
	}
	if r.More() {
		r.Fail("section is longer than its content")
	}
	return r.Err()
}

package component

import (
	"github.com/same-origin/devproxy/caddymodule/runner/guest/abi"
	"github.com/same-origin/devproxy/caddymodule/runner/guest/wasmbin"
)

// Targets of aliases.
const (
	aliasExport     = 0x00
	aliasCoreExport = 0x01
	aliasOuter      = 0x02
)

// alias names a definition of an instance, or of a scope further out.
type alias struct {
	sort, target byte
	instance     uint32 // of exports
	name         string // of exports
	count, index uint32 // of outer definitions
}

func readAlias(r *wasmbin.Reader) alias {
	a := alias{sort: r.Byte()}
	if a.sort == sortCore {
		r.Byte() // which core sort
	}
	switch a.target = r.Byte(); a.target {
	case aliasExport, aliasCoreExport:
		a.instance, a.name = r.Uint32(), r.Name()
	case aliasOuter:
		a.count, a.index = r.Uint32(), r.Uint32()
	default:
		r.Fail("bad target of an alias")
	}
	return a
}

// alias reads one alias of the component.
func (p *parser) alias(r *wasmbin.Reader) {
	a := readAlias(r)
	if a.sort == sortCore || a.target == aliasCoreExport {
		return
	}
	e := p.aliased(r, a)
	switch a.sort {
	case sortFunc:
		p.functions = append(p.functions, e.function)
	case sortType:
		p.types.add(e)
	case sortInstance:
		p.instances = append(p.instances, &instance{})
	}
}

func (p *parser) aliased(r *wasmbin.Reader, a alias) entity {
	if a.target == aliasOuter {
		if a.sort == sortType {
			return p.types.outward(r, a.count, a.index)
		}
		return entity{}
	}
	return p.instanceAt(r, a.instance).members[a.name]
}

func (p *parser) instanceAt(r *wasmbin.Reader, index uint32) *instance {
	if uint64(index) >= uint64(len(p.instances)) {
		r.Fail("instance %d of %d does not exist", index, len(p.instances))
		return &instance{}
	}
	return p.instances[index]
}

func (p *parser) functionAt(r *wasmbin.Reader, index uint32) *abi.Func {
	if uint64(index) >= uint64(len(p.functions)) {
		r.Fail("function %d of %d does not exist", index, len(p.functions))
		return nil
	}
	return p.functions[index]
}

// instance reads one instance that the component makes itself, which none of
// the handler's types come from.
func (p *parser) instance(r *wasmbin.Reader) {
	switch r.Byte() {
	case 0: // of a nested component
		r.Uint32()
		many(r, func(r *wasmbin.Reader) struct{} { r.Name(); skipSort(r); return struct{}{} })
	case 1: // of definitions listed one by one
		many(r, func(r *wasmbin.Reader) struct{} { externName(r); skipSort(r); return struct{}{} })
	default:
		r.Fail("bad kind of instance")
	}
	p.instances = append(p.instances, &instance{})
}

// skipSort passes over a sort and an index.
func skipSort(r *wasmbin.Reader) {
	if r.Byte() == sortCore {
		r.Byte()
	}
	r.Uint32()
}

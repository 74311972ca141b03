package component

import "github.com/same-origin/devproxy/caddymodule/runner/guest/wasmbin"

// Sorts of definitions.
const (
	sortCore      = 0x00
	sortFunc      = 0x01
	sortValue     = 0x02
	sortType      = 0x03
	sortComponent = 0x04
	sortInstance  = 0x05
)

// externName reads the name of an import or export.
func externName(r *wasmbin.Reader) string {
	switch r.Byte() {
	case 0, 1: // plain names and the older marker of interface names
		return r.Name()
	case 2: // a name with a version suffix
		name := r.Name()
		return name + r.Name()
	}
	r.Fail("bad marker of an import or export name")
	return ""
}

// externType reads the type of an import or export.
func (s *scope) externType(r *wasmbin.Reader) (sort byte, e entity) {
	switch sort = r.Byte(); sort {
	case sortCore:
		r.Byte() // the core sort, which is always a module
		r.Uint32()
	case sortFunc, sortInstance, sortComponent:
		e = s.at(r, r.Uint32())
	case sortType:
		e = s.typeBound(r)
	default:
		r.Fail("import or export of sort %#x is not supported", sort)
	}
	return sort, e
}

// typeBound reads what is said of an imported or exported type: that it is
// equal to another, or that it is some resource.
func (s *scope) typeBound(r *wasmbin.Reader) entity {
	switch r.Byte() {
	case 0:
		return s.at(r, r.Uint32())
	case 1:
		return entity{resource: true}
	}
	r.Fail("bad bound of a type")
	return entity{}
}

// importDeclaration reads one import of the component.
func (p *parser) importDeclaration(r *wasmbin.Reader) {
	name := externName(r)
	sort, e := p.types.externType(r)
	switch sort {
	case sortFunc:
		p.functions = append(p.functions, e.function)
		p.addImport(Root, name, e)
	case sortType:
		p.types.add(e)
	case sortInstance:
		p.importInstance(r, name, e)
	}
}

func (p *parser) importInstance(r *wasmbin.Reader, name string, e entity) {
	if e.instance == nil {
		r.Fail("import %s is not of an instance type", name)
		return
	}
	p.instances = append(p.instances, &instance{members: e.instance.members})
	for member, e := range e.instance.members {
		p.addImport(name, member, e)
	}
}

func (p *parser) addImport(iface, name string, e entity) {
	if e.function != nil {
		p.component.Imports[Name{Interface: iface, Function: name}] = e.function
	}
}

// export reads one export of the component, which is also a new definition
// of its sort.
func (p *parser) export(r *wasmbin.Reader) {
	name := externName(r)
	sort := r.Byte()
	if sort == sortCore {
		r.Byte()
	}
	index := r.Uint32()
	if r.Byte() == 1 {
		p.types.externType(r)
	}
	switch sort {
	case sortFunc:
		f := p.functionAt(r, index)
		p.functions = append(p.functions, f)
		p.component.Exports[name] = f
	case sortType:
		p.types.add(p.types.at(r, index))
	case sortInstance:
		p.instances = append(p.instances, p.instanceAt(r, index))
	}
}

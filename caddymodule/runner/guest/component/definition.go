package component

import (
	"github.com/same-origin/devproxy/caddymodule/runner/guest/abi"
	"github.com/same-origin/devproxy/caddymodule/runner/guest/wasmbin"
)

// Codes of type definitions that are not value types.
const (
	codeFunction      = 0x40
	codeComponentType = 0x41
	codeInstanceType  = 0x42
	codeResource      = 0x3f
)

// definition reads one type definition.
func (s *scope) definition(r *wasmbin.Reader) entity {
	switch code := r.Byte(); code {
	case codeFunction:
		return entity{function: s.functionType(r)}
	case codeInstanceType:
		return entity{instance: s.instanceType(r)}
	case codeComponentType:
		return entity{world: s.componentType(r)}
	case codeResource:
		r.Byte() // representation
		if r.Byte() == 1 {
			r.Uint32() // destructor
		}
		return entity{resource: true}
	default:
		return entity{value: s.valueDefinition(r, code)}
	}
}

func (s *scope) functionType(r *wasmbin.Reader) *abi.Func {
	var params []*abi.Type
	for _, param := range s.fields(r) {
		params = append(params, param.Type)
	}
	var result *abi.Type
	switch r.Byte() {
	case 0:
		result = s.valueType(r)
	case 1:
		if r.Count() != 0 {
			r.Fail("function with named results")
		}
	default:
		r.Fail("bad marker of a result list")
	}
	if r.Err() != nil {
		return nil
	}
	f, err := abi.NewFunc(params, result)
	if err != nil {
		r.Fail("function: %v", err)
	}
	return f
}

// Codes of the declarations inside instance and component types.
const (
	declareType   = 0x01
	declareAlias  = 0x02
	declareImport = 0x03
	declareExport = 0x04
)

func (s *scope) instanceType(r *wasmbin.Reader) *instanceType {
	inner, t := s.nested(r), &instanceType{members: map[string]entity{}}
	for n := r.Count(); n > 0 && r.Err() == nil; n-- {
		inner.declaration(r, r.Byte(), t)
	}
	return t
}

// componentType reads the type of a component, which is how a world is
// written down.
func (s *scope) componentType(r *wasmbin.Reader) *world {
	inner, w := s.nested(r), newWorld()
	for n := r.Count(); n > 0 && r.Err() == nil; n-- {
		code := r.Byte()
		if code != declareImport {
			inner.declaration(r, code, w.exports)
			continue
		}
		imported := &instanceType{members: map[string]entity{}}
		inner.declaration(r, declareExport, imported) // same shape, and it adds to the same space
		w.addImport(imported)
	}
	return w
}

func (s *scope) declaration(r *wasmbin.Reader, code byte, into *instanceType) {
	switch code {
	case declareType:
		s.add(s.definition(r))
	case declareAlias:
		s.aliasDeclaration(r)
	case declareExport:
		name := externName(r)
		sort, e := s.externType(r)
		switch sort {
		case sortType:
			s.add(e)
		case sortInstance:
			s.instances = append(s.instances, e.instance)
		}
		into.members[name] = e
	default:
		r.Fail("declaration %#x is not supported", code)
	}
}

// aliasDeclaration reads an alias inside a type. Only types matter here.
func (s *scope) aliasDeclaration(r *wasmbin.Reader) {
	a := readAlias(r)
	switch {
	case a.sort != sortType:
	case a.target == aliasOuter:
		s.add(s.outward(r, a.count, a.index))
	default:
		s.add(s.memberOf(a))
	}
}

// memberOf finds what an alias names in an instance of this scope; nothing
// when the instance is one that this parser did not keep.
func (s *scope) memberOf(a alias) entity {
	if uint64(a.instance) >= uint64(len(s.instances)) || s.instances[a.instance] == nil {
		return entity{}
	}
	return s.instances[a.instance].members[a.name]
}

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
		s.componentType(r)
		return entity{}
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

// componentType is read only to get past it.
func (s *scope) componentType(r *wasmbin.Reader) {
	inner, ignored := s.nested(r), &instanceType{members: map[string]entity{}}
	for n := r.Count(); n > 0 && r.Err() == nil; n-- {
		code := r.Byte()
		if code == declareImport {
			code = declareExport // same shape, and it adds to the same space
		}
		inner.declaration(r, code, ignored)
	}
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
		if sort == sortType {
			s.add(e)
		}
		into.members[name] = e
	default:
		r.Fail("declaration %#x is not supported", code)
	}
}

// aliasDeclaration reads an alias inside a type. Only outer types matter here.
func (s *scope) aliasDeclaration(r *wasmbin.Reader) {
	a := readAlias(r)
	switch {
	case a.target == aliasOuter && a.sort == sortType:
		s.add(s.outward(r, a.count, a.index))
	case a.sort == sortType:
		s.add(entity{})
	}
}

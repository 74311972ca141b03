package component

import (
	"github.com/same-origin/devproxy/caddymodule/runner/guest/abi"
	"github.com/same-origin/devproxy/caddymodule/runner/guest/wasmbin"
)

// entity is what a type index, or a member of an instance, stands for. At
// most one field is set; none is for what this parser does not need.
type entity struct {
	value    *abi.Type
	function *abi.Func
	instance *instanceType
	world    *world
	resource bool
}

// instanceType is the type of an instance: its exports by name.
type instanceType struct{ members map[string]entity }

// scope is one type index space; instance types nest.
type scope struct {
	outer     *scope
	types     []entity
	instances []*instanceType // of a component type; nil where not known
	depth     int
}

// maxScopes bounds how deep forged instance types may nest.
const maxScopes = 32

func (s *scope) nested(r *wasmbin.Reader) *scope {
	if s.depth >= maxScopes {
		r.Fail("types nested deeper than %d scopes", maxScopes)
	}
	return &scope{outer: s, depth: s.depth + 1}
}

func (s *scope) add(e entity) { s.types = append(s.types, e) }

func (s *scope) at(r *wasmbin.Reader, index uint32) entity {
	if uint64(index) >= uint64(len(s.types)) {
		r.Fail("type %d of %d does not exist", index, len(s.types))
		return entity{}
	}
	return s.types[index]
}

// outward finds a type some scopes further out.
func (s *scope) outward(r *wasmbin.Reader, count, index uint32) entity {
	for ; count > 0 && s != nil; count-- {
		s = s.outer
	}
	if s == nil {
		r.Fail("alias points outside the component")
		return entity{}
	}
	return s.at(r, index)
}

// valueAt finds a value type by index.
func (s *scope) valueAt(r *wasmbin.Reader, index uint32) *abi.Type {
	e := s.at(r, index)
	if e.value == nil {
		r.Fail("type %d is not a value type that is supported", index)
		return abi.Primitive(abi.U8)
	}
	return e.value
}

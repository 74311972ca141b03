package component

import (
	"github.com/same-origin/devproxy/caddymodule/runner/guest/abi"
	"github.com/same-origin/devproxy/caddymodule/runner/guest/wasmbin"
)

// Codes of value types; primitives count down from bool.
const (
	codeBool    = 0x7f
	codeString  = 0x73
	codeRecord  = 0x72
	codeVariant = 0x71
	codeList    = 0x70
	codeTuple   = 0x6f
	codeFlags   = 0x6e
	codeEnum    = 0x6d
	codeOption  = 0x6b
	codeResult  = 0x6a
	codeOwn     = 0x69
	codeBorrow  = 0x68
)

// primitives are in the order of their codes, from codeBool down.
var primitives = [...]abi.Kind{
	abi.Bool, abi.S8, abi.U8, abi.S16, abi.U16, abi.S32, abi.U32, abi.S64, abi.U64,
	abi.F32, abi.F64, abi.Char, abi.String,
}

func primitive(code byte) (*abi.Type, bool) {
	if code > codeBool || code < codeString {
		return nil, false
	}
	return abi.Primitive(primitives[codeBool-code]), true
}

// valueType reads a reference to a value type: a primitive or an index.
func (s *scope) valueType(r *wasmbin.Reader) *abi.Type {
	code := r.Int64()
	if code >= 0 {
		return s.valueAt(r, uint32(min(code, 1<<32-1)))
	}
	if t, isPrimitive := primitive(byte(code & 0x7f)); isPrimitive && code >= -0x40 {
		return t
	}
	r.Fail("value type %#x is not supported", byte(code&0x7f))
	return abi.Primitive(abi.U8)
}

// optionalType reads a value type that may be left out.
func (s *scope) optionalType(r *wasmbin.Reader) *abi.Type {
	switch r.Byte() {
	case 0:
		return nil
	case 1:
		return s.valueType(r)
	}
	r.Fail("bad marker of an optional type")
	return nil
}

// valueDefinition reads the definition of a value type that begins with code.
func (s *scope) valueDefinition(r *wasmbin.Reader, code byte) *abi.Type {
	if t, isPrimitive := primitive(code); isPrimitive {
		return t
	}
	t, err := s.compound(r, code)
	if err != nil && r.Err() == nil {
		r.Fail("%v", err)
	}
	if r.Err() != nil {
		return abi.Primitive(abi.U8)
	}
	return t
}

func (s *scope) compound(r *wasmbin.Reader, code byte) (*abi.Type, error) {
	switch code {
	case codeRecord:
		return abi.NewRecord(s.fields(r))
	case codeVariant:
		return abi.NewVariant(s.cases(r))
	case codeList:
		return abi.NewList(s.valueType(r))
	case codeTuple:
		return abi.NewTuple(many(r, s.valueType))
	case codeFlags:
		return abi.NewFlags(many(r, (*wasmbin.Reader).Name))
	case codeEnum:
		return abi.NewEnum(many(r, (*wasmbin.Reader).Name))
	case codeOption:
		return abi.NewOption(s.valueType(r))
	case codeResult:
		value := s.optionalType(r)
		return abi.NewResult(value, s.optionalType(r))
	case codeOwn, codeBorrow:
		r.Uint32()
		return abi.Primitive(abi.Handle), nil
	}
	r.Fail("type %#x is not supported", code)
	return nil, nil
}

func (s *scope) fields(r *wasmbin.Reader) []abi.Field {
	return many(r, func(r *wasmbin.Reader) abi.Field {
		name := r.Name()
		return abi.Field{Name: name, Type: s.valueType(r)}
	})
}

func (s *scope) cases(r *wasmbin.Reader) []abi.Case {
	return many(r, func(r *wasmbin.Reader) abi.Case {
		c := abi.Case{Name: r.Name(), Type: s.optionalType(r)}
		if r.Byte() != 0 {
			r.Fail("case %s refines another", c.Name)
		}
		return c
	})
}

// many reads a vector.
func many[T any](r *wasmbin.Reader, one func(*wasmbin.Reader) T) []T {
	var list []T
	for n := r.Count(); n > 0 && r.Err() == nil; n-- {
		list = append(list, one(r))
	}
	return list
}

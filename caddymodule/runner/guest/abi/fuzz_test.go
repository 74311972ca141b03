package abi

import (
	"encoding/binary"
	"errors"
	"testing"
)

// typeFrom builds some type from bytes: every shape can come up.
func typeFrom(b []byte) (*Type, []byte) {
	if len(b) == 0 {
		return Primitive(U8), nil
	}
	kind, rest := Kind(b[0]%uint8(len(kindNames))), b[1:]
	if kind < List || kind == Handle {
		return Primitive(kind), rest
	}
	first, rest := typeFrom(rest)
	second, rest := typeFrom(rest)
	var t *Type
	var err error
	switch kind {
	case List:
		t, err = NewList(first)
	case Record:
		t, err = NewRecord([]Field{{"first", first}, {"second", second}})
	case Tuple:
		t, err = NewTuple([]*Type{first, second})
	case VariantKind:
		t, err = NewVariant([]Case{{"first", first}, {"none", nil}, {"second", second}})
	case Enum:
		t, err = NewEnum([]string{"a", "b", "c"})
	case Option:
		t, err = NewOption(first)
	case ResultKind:
		t, err = NewResult(first, second)
	case Flags:
		t, err = NewFlags([]string{"a", "b", "c"})
	}
	if err != nil {
		return Primitive(U8), nil
	}
	return t, rest
}

// FuzzLift lifts arbitrary memory as an arbitrary type. What can be lifted
// must lower again, flat and to memory.
func FuzzLift(f *testing.F) {
	f.Add([]byte{12}, []byte("\x10\x00\x00\x00\x05\x00\x00\x00hello, world"))
	f.Add([]byte{13, 14, 0, 12}, []byte("\x08\x00\x00\x00\x01\x00\x00\x00\x01\x00\x00\x00\x10\x00\x00\x00\x02\x00\x00\x00ab"))
	f.Add([]byte{16, 9, 8}, []byte{2, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8})
	f.Add([]byte{19, 17, 20}, []byte{1, 5})
	f.Fuzz(func(t *testing.T, shape, content []byte) {
		kind, _ := typeFrom(shape[:min(len(shape), 64)])
		function, err := NewFunc([]*Type{kind}, kind)
		if err != nil {
			t.Skip("type too large")
		}
		m := newLinear()
		copy(m.bytes, content)
		m.next = uint32(alignUp(uint64(min(len(content), 1<<15)), 8))
		stack := make([]uint64, len(function.ImportSignature().Params)+1)
		for i := range stack {
			if len(content) >= 8*(i+1) {
				stack[i] = binary.LittleEndian.Uint64(content[8*i:])
			}
		}
		args, err := function.LiftParams(m, stack)
		if err != nil {
			return
		}
		if _, err := function.LowerParams(m, args); errors.Is(err, ErrHostValue) && !nestedNone(args[0]) {
			t.Fatalf("%v lifted to %#v, which does not lower: %v", kind, args[0], err)
		}
	})
}

// nestedNone says whether a lifted value holds nil, which stands for the
// outermost of nested options and so may lower to another case.
func nestedNone(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case []any:
		for _, part := range v {
			if nestedNone(part) {
				return true
			}
		}
	case map[string]any:
		for _, part := range v {
			if nestedNone(part) {
				return true
			}
		}
	case Variant:
		return nestedNone(v.Value)
	case Result:
		return nestedNone(v.Value)
	}
	return false
}

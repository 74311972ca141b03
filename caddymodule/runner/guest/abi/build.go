package abi

import (
	"errors"
	"fmt"
)

// Bounds of a type. They are far above what interfaces use and keep a forged
// type section from making the layout, or one value, take forever.
const (
	maxDepth  = 48
	maxSize   = 1 << 20
	maxLabels = 32
	maxNodes  = 1 << 16
)

// Indices of the cases of options and results.
const (
	none = 0
	some = 1
	ok   = 0
	fail = 1
)

// Primitive returns the type of a kind that has no parts.
func Primitive(kind Kind) *Type {
	size := primitiveSizes[kind]
	t := &Type{Kind: kind, size: size, align: size, flat: flat{primitiveFlat(kind)}, depth: 1, handle: kind == Handle}
	if kind == String {
		t.size, t.align, t.flat = 8, 4, flat{I32, I32}
	}
	return t
}

var primitiveSizes = [...]uint32{
	Bool: 1, U8: 1, S8: 1, U16: 2, S16: 2, U32: 4, S32: 4, F32: 4, Char: 4, Handle: 4,
	U64: 8, S64: 8, F64: 8,
}

// NewList returns list<elem>.
func NewList(elem *Type) (*Type, error) {
	return checked(&Type{
		Kind: List, Elem: elem, size: 8, align: 4, flat: flat{I32, I32},
		depth: elem.depth + 1, handle: elem.handle,
	})
}

// NewRecord returns a record.
func NewRecord(fields []Field) (*Type, error) { return product(Record, fields) }

// NewTuple returns a tuple.
func NewTuple(types []*Type) (*Type, error) {
	fields := make([]Field, len(types))
	for i, t := range types {
		fields[i].Type = t
	}
	return product(Tuple, fields)
}

// NewVariant returns a variant.
func NewVariant(cases []Case) (*Type, error) { return sum(VariantKind, cases) }

// NewEnum returns an enum.
func NewEnum(names []string) (*Type, error) {
	cases := make([]Case, len(names))
	for i, name := range names {
		cases[i].Name = name
	}
	return sum(Enum, cases)
}

// NewOption returns option<t>. A present value that is itself an absent
// option cannot be told from an absent one once lifted.
func NewOption(t *Type) (*Type, error) {
	return sum(Option, []Case{none: {Name: "none"}, some: {Name: "some", Type: t}})
}

// NewResult returns result<value, err>; both may be nil.
func NewResult(value, err *Type) (*Type, error) {
	return sum(ResultKind, []Case{ok: {Name: "ok", Type: value}, fail: {Name: "error", Type: err}})
}

// NewFlags returns flags, of which the canonical ABI allows 32.
func NewFlags(labels []string) (*Type, error) {
	if len(labels) == 0 || len(labels) > maxLabels {
		return nil, fmt.Errorf("flags with %d labels, allowed are 1 to %d", len(labels), maxLabels)
	}
	size := uint32(4)
	switch {
	case len(labels) <= 8:
		size = 1
	case len(labels) <= 16:
		size = 2
	}
	return &Type{Kind: Flags, Labels: labels, size: size, align: size, flat: flat{I32}, depth: 1}, nil
}

func product(kind Kind, fields []Field) (*Type, error) {
	if len(fields) == 0 {
		return nil, fmt.Errorf("%v without fields", kind)
	}
	t := &Type{Kind: kind, Fields: fields, align: 1}
	size := uint64(0)
	for _, field := range fields {
		size = alignUp(size, field.Type.align)
		t.offsets = append(t.offsets, uint32(min(size, maxSize)))
		size += uint64(field.Type.size)
		t.include(field.Type)
		t.flat = t.flat.concat(field.Type.flat)
	}
	t.size = uint32(min(alignUp(size, t.align), maxSize+1))
	return checked(t)
}

func sum(kind Kind, cases []Case) (*Type, error) {
	if len(cases) == 0 || len(cases) > maxNodes {
		return nil, fmt.Errorf("%v with %d cases", kind, len(cases))
	}
	t := &Type{Kind: kind, Cases: cases, align: discriminantSize(len(cases)), depth: 1}
	size := uint32(0)
	var joined flat
	for _, c := range cases {
		if c.Type != nil {
			size = max(size, c.Type.size)
			t.include(c.Type)
			joined = joined.join(c.Type.flat)
		}
	}
	payloadAlign := t.payloadAlign()
	t.payload = uint32(alignUp(uint64(discriminantSize(len(cases))), payloadAlign))
	t.size = uint32(alignUp(uint64(t.payload)+uint64(size), t.align))
	t.flat = flat{I32}.concat(joined)
	return checked(t)
}

// include passes on to t what its part has.
func (t *Type) include(part *Type) {
	t.handle = t.handle || part.handle
	t.align = max(t.align, part.align)
	t.depth = max(t.depth, part.depth+1)
}

func (t *Type) payloadAlign() uint32 {
	align := uint32(1)
	for _, c := range t.Cases {
		if c.Type != nil {
			align = max(align, c.Type.align)
		}
	}
	return align
}

func checked(t *Type) (*Type, error) {
	if t.depth > maxDepth {
		return nil, fmt.Errorf("%v nested deeper than %d types", t.Kind, maxDepth)
	}
	if t.size > maxSize {
		return nil, errors.New("type of more than 1 MiB")
	}
	return t, nil
}

// discriminantSize is how many bytes tell n cases apart.
func discriminantSize(n int) uint32 {
	switch {
	case n <= 1<<8:
		return 1
	case n <= 1<<16:
		return 2
	}
	return 4
}

func alignUp(offset uint64, align uint32) uint64 {
	return (offset + uint64(align) - 1) &^ (uint64(align) - 1)
}

package abi

import (
	"errors"
	"fmt"
	"math"
	"unicode/utf8"
)

// lifter copies one call's values out of a guest. Its budget bounds what a
// guest can make the host copy by pointing at the same bytes again and again.
type lifter struct {
	memory Memory
	budget int64
}

// An honest value cannot be larger than the memory it lies in.
func newLifter(m Memory) *lifter {
	size := int64(m.Size())
	if size == 0 {
		size = 1 << 32
	}
	return &lifter{memory: m, budget: size}
}

func (l *lifter) spend(n uint64) error {
	if n > uint64(max(l.budget, 0)) {
		return errors.New("value is larger than the guest's memory")
	}
	l.budget -= int64(n)
	return nil
}

// load lifts the value of type t at offset.
func (l *lifter) load(t *Type, offset uint32) (any, error) {
	b, err := read(l.memory, offset, t.size, t.align)
	if err != nil {
		return nil, err
	}
	switch t.Kind {
	case String, List:
		return l.loadRange(t, uint32(readUint(b[:4])), uint32(readUint(b[4:])))
	case Record, Tuple:
		return l.product(t, func(i int) (any, error) {
			return l.load(t.Fields[i].Type, offset+t.offsets[i])
		})
	case VariantKind, Enum, Option, ResultKind:
		c := readUint(b[:discriminantSize(len(t.Cases))])
		return l.variant(t, c, func(payload *Type) (any, error) {
			return l.load(payload, offset+t.payload)
		})
	}
	return primitive(t, readUint(b))
}

// loadRange lifts a string or list of n elements at offset.
func (l *lifter) loadRange(t *Type, offset, n uint32) (any, error) {
	if t.Kind == String {
		b, err := l.bytes(offset, n)
		if err != nil {
			return nil, fmt.Errorf("string: %w", err)
		}
		if !utf8.Valid(b) {
			return nil, errors.New("string is not UTF-8")
		}
		return string(b), nil
	}
	if t.Elem.Kind == U8 {
		b, err := l.bytes(offset, n)
		if err != nil {
			return nil, fmt.Errorf("list: %w", err)
		}
		return append([]byte{}, b...), nil
	}
	return l.elements(t, offset, n)
}

// bytes checks before it spends, so that a wild pointer is reported as such.
func (l *lifter) bytes(offset, n uint32) ([]byte, error) {
	b, err := read(l.memory, offset, n, 1)
	if err != nil {
		return nil, err
	}
	return b, l.spend(uint64(n))
}

func (l *lifter) elements(t *Type, offset, n uint32) (any, error) {
	size := uint64(n) * uint64(t.Elem.size)
	if size > math.MaxUint32 {
		return nil, fmt.Errorf("list of %d elements is outside the memory of %d bytes", n, l.memory.Size())
	}
	if _, err := read(l.memory, offset, uint32(size), t.Elem.align); err != nil {
		return nil, fmt.Errorf("list: %w", err)
	}
	if err := l.spend(size); err != nil {
		return nil, err
	}
	list := make([]any, n)
	for i := range list {
		v, err := l.load(t.Elem, offset+uint32(i)*t.Elem.size)
		if err != nil {
			return nil, fmt.Errorf("element %d: %w", i, err)
		}
		list[i] = v
	}
	return list, nil
}

// product collects the fields of a record or tuple.
func (l *lifter) product(t *Type, field func(i int) (any, error)) (any, error) {
	if t.Kind == Tuple {
		list := make([]any, len(t.Fields))
		for i := range list {
			v, err := field(i)
			if err != nil {
				return nil, fmt.Errorf("element %d: %w", i, err)
			}
			list[i] = v
		}
		return list, nil
	}
	record := make(map[string]any, len(t.Fields))
	for i, f := range t.Fields {
		v, err := field(i)
		if err != nil {
			return nil, fmt.Errorf("field %s: %w", f.Name, err)
		}
		record[f.Name] = v
	}
	return record, nil
}

// variant turns a discriminant and its payload into the Go value of t.
func (l *lifter) variant(t *Type, discriminant uint64, payload func(*Type) (any, error)) (any, error) {
	if discriminant >= uint64(len(t.Cases)) {
		return nil, fmt.Errorf("%v has no case %d, only %d", t.Kind, discriminant, len(t.Cases))
	}
	c := t.Cases[discriminant]
	var value any
	if c.Type != nil {
		v, err := payload(c.Type)
		if err != nil {
			return nil, fmt.Errorf("case %s: %w", c.Name, err)
		}
		value = v
	}
	switch t.Kind {
	case Enum:
		return c.Name, nil
	case Option:
		return value, nil
	case ResultKind:
		return Result{Err: discriminant == fail, Value: value}, nil
	}
	return Variant{Case: c.Name, Value: value}, nil
}

// primitive interprets the low bits of v; the canonical ABI ignores the rest.
func primitive(t *Type, v uint64) (any, error) {
	switch t.Kind {
	case Bool:
		return v != 0, nil
	case U8:
		return uint8(v), nil
	case S8:
		return int8(v), nil
	case U16:
		return uint16(v), nil
	case S16:
		return int16(v), nil
	case U32, Handle:
		return uint32(v), nil
	case S32:
		return int32(v), nil
	case U64:
		return v, nil
	case S64:
		return int64(v), nil
	case F32:
		return math.Float32frombits(uint32(v)), nil
	case F64:
		return math.Float64frombits(v), nil
	case Char:
		if v > utf8.MaxRune || !utf8.ValidRune(rune(v)) {
			return nil, fmt.Errorf("char %#x is not a Unicode scalar value", v)
		}
		return rune(v), nil
	case Flags:
		return flagNames(t, v), nil
	}
	return nil, fmt.Errorf("%v is not a primitive", t.Kind)
}

func flagNames(t *Type, bits uint64) []string {
	names := []string{}
	for i, label := range t.Labels {
		if bits>>i&1 == 1 {
			names = append(names, label)
		}
	}
	return names
}

package abi

import (
	"math"
	"slices"
	"unicode/utf8"
)

// bits gives the Go value v as the bits of a primitive type, sign-extended to
// 64 bits for signed ones.
func bits(t *Type, v any) (uint64, error) {
	switch t.Kind {
	case Bool:
		return boolBits(v)
	case F32:
		f, err := float(t, v)
		return uint64(math.Float32bits(float32(f))), err
	case F64:
		f, err := float(t, v)
		return math.Float64bits(f), err
	case Char:
		return charBits(v)
	case Flags:
		return flagBits(t, v)
	}
	return integer(t, v)
}

func boolBits(v any) (uint64, error) {
	b, isBool := v.(bool)
	switch {
	case !isBool:
		return 0, hostValue("%T is not a bool", v)
	case b:
		return 1, nil
	}
	return 0, nil
}

// charBits takes a rune, or a string of one for fixtures from JSON.
func charBits(v any) (uint64, error) {
	switch c := v.(type) {
	case rune:
		if utf8.ValidRune(c) {
			return uint64(c), nil
		}
	case string:
		if r, size := utf8.DecodeRuneInString(c); size == len(c) && r != utf8.RuneError {
			return uint64(r), nil
		}
	}
	return 0, hostValue("%v (%T) is not a char", v, v)
}

func flagBits(t *Type, v any) (uint64, error) {
	names, err := elements(v)
	if err != nil {
		return 0, err
	}
	set := uint64(0)
	for _, name := range names {
		i := slices.Index(t.Labels, toString(name))
		if i < 0 {
			return 0, hostValue("there is no flag %v", name)
		}
		set |= 1 << i
	}
	return set, nil
}

// toString gives "" for what is no string, which names nothing.
func toString(v any) string {
	s, _ := v.(string)
	return s
}

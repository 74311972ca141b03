package abi

import "slices"

// ValueType is a core WebAssembly value type, by its binary code.
type ValueType byte

// The core types that interface types flatten to.
const (
	I32 ValueType = 0x7f
	I64 ValueType = 0x7e
	// CoreF32 and CoreF64 are the core float types.
	CoreF32 ValueType = 0x7d
	CoreF64 ValueType = 0x7c
)

func (v ValueType) String() string {
	switch v {
	case I32:
		return "i32"
	case I64:
		return "i64"
	case CoreF32:
		return "f32"
	case CoreF64:
		return "f64"
	}
	return "other"
}

// maxFlatParams is how many core parameters a call may have before all of
// them move to memory.
const maxFlatParams = 16

// flat is a type as core values. Nothing asks for more than maxFlatParams, so
// it is cut one after, which keeps wide types cheap.
type flat []ValueType

func (f flat) concat(more flat) flat {
	joined := append(slices.Clone(f), more...)
	return joined[:min(len(joined), maxFlatParams+1)]
}

// join overlays the values of two variant cases.
func (f flat) join(other flat) flat {
	joined := slices.Clone(f)
	for i, v := range other {
		switch {
		case i >= len(joined):
			joined = append(joined, v)
		case joined[i] == v:
		case is32(joined[i]) && is32(v):
			joined[i] = I32
		default:
			joined[i] = I64
		}
	}
	return joined
}

func is32(v ValueType) bool { return v == I32 || v == CoreF32 }

func primitiveFlat(kind Kind) ValueType {
	switch kind {
	case U64, S64:
		return I64
	case F32:
		return CoreF32
	case F64:
		return CoreF64
	}
	return I32
}

package abi

import (
	"encoding/json"
	"math"
	"reflect"
	"strconv"
)

// integer gives the bits of v as a t, which is an integer type. v may be of
// any Go number type, for fixtures come from JSON, where all are floats.
func integer(t *Type, v any) (uint64, error) {
	switch r := reflect.ValueOf(v); {
	case r.CanInt():
		return signed(t, r.Int())
	case r.CanUint():
		return unsigned(t, r.Uint())
	case r.CanFloat():
		return fromFloat(t, r.Float())
	}
	if n, isNumber := v.(json.Number); isNumber {
		return fromText(t, n)
	}
	return 0, hostValue("%T is not a number, %v wanted", v, t)
}

func signed(t *Type, v int64) (uint64, error) {
	if v < 0 {
		low := int64(math.MinInt64) >> (64 - 8*t.size)
		if !isSigned(t.Kind) || v < low {
			return 0, hostValue("%d is out of range for %v", v, t)
		}
		return uint64(v), nil
	}
	return unsigned(t, uint64(v))
}

func unsigned(t *Type, v uint64) (uint64, error) {
	high := uint64(math.MaxUint64) >> (64 - 8*t.size)
	if isSigned(t.Kind) {
		high >>= 1
	}
	if v > high {
		return 0, hostValue("%d is out of range for %v", v, t)
	}
	return v, nil
}

func fromFloat(t *Type, v float64) (uint64, error) {
	switch {
	case v != math.Trunc(v) || math.IsInf(v, 0):
		return 0, hostValue("%v is not a whole number, %v wanted", v, t)
	case v < 0 && v >= math.MinInt64:
		return signed(t, int64(v))
	case v >= 0 && v < 1<<64:
		return unsigned(t, uint64(v))
	}
	return 0, hostValue("%v is out of range for %v", v, t)
}

// fromText keeps 64-bit numbers whole that a float would round.
func fromText(t *Type, n json.Number) (uint64, error) {
	if v, err := strconv.ParseUint(n.String(), 10, 64); err == nil {
		return unsigned(t, v)
	}
	if v, err := n.Int64(); err == nil {
		return signed(t, v)
	}
	v, err := n.Float64()
	if err != nil {
		return 0, hostValue("%q is not a number, %v wanted", n, t)
	}
	return fromFloat(t, v)
}

func isSigned(kind Kind) bool {
	return kind == S8 || kind == S16 || kind == S32 || kind == S64
}

// float gives v, of any Go number type, as a float.
func float(t *Type, v any) (float64, error) {
	switch r := reflect.ValueOf(v); {
	case r.CanInt():
		return float64(r.Int()), nil
	case r.CanUint():
		return float64(r.Uint()), nil
	case r.CanFloat():
		return r.Float(), nil
	}
	if n, isNumber := v.(json.Number); isNumber {
		if f, err := n.Float64(); err == nil {
			return f, nil
		}
	}
	return 0, hostValue("%T is not a number, %v wanted", v, t)
}

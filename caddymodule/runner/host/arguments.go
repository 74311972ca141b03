package host

// arguments.go names the shapes of arguments and reads optional fields of
// records, which differ between versions of the interface.

import (
	"reflect"

	"github.com/same-origin/devproxy/caddymodule/runner/guest"
)

// param is the shape of one argument.
type param string

const (
	text          param = "a string"
	optionalText  param = "an optional string"
	optionalBytes param = "an optional byte list"
	record        param = "a record"
)

func (p param) fits(arg any) bool {
	switch arg.(type) {
	case nil:
		return p == optionalText || p == optionalBytes
	case string:
		return p == text || p == optionalText
	case []byte:
		return p == optionalBytes
	case guest.Record:
		return p == record
	}
	return false
}

// optional is arg, or T's zero value for none.
func optional[T any](arg any) T {
	v, _ := arg.(T)
	return v
}

// field is the named field, or T's zero value and false when the record does
// not have it, or has it as none or with another type.
func field[T any](r guest.Record, names ...string) (T, bool) {
	for _, name := range names {
		if v, ok := r[name].(T); ok {
			return v, true
		}
	}
	var zero T
	return zero, false
}

// number is the named field as a float64; guests may declare any numeric type.
func number(r guest.Record, name string) (float64, bool) {
	v := reflect.ValueOf(r[name])
	switch {
	case v.CanFloat():
		return v.Float(), true
	case v.CanUint():
		return float64(v.Uint()), true
	case v.CanInt():
		return float64(v.Int()), true
	}
	return 0, false
}

package abi

import (
	"fmt"
	"slices"
)

// Func is a function of an interface.
type Func struct {
	params *Type // a tuple of the parameters, nil without any
	result *Type // nil without one
	flat   flat  // of params
}

// NewFunc returns a function; result may be nil.
func NewFunc(params []*Type, result *Type) (*Func, error) {
	f := &Func{result: result}
	if len(params) == 0 {
		return f, nil
	}
	tuple, err := NewTuple(params)
	if err != nil {
		return nil, fmt.Errorf("parameters: %w", err)
	}
	f.params, f.flat = tuple, tuple.flat
	return f, nil
}

// Params are the parameter types in order.
func (f *Func) Params() []*Type {
	if f.params == nil {
		return nil
	}
	types := make([]*Type, len(f.params.Fields))
	for i, field := range f.params.Fields {
		types[i] = field.Type
	}
	return types
}

// Result is the result type, nil without one.
func (f *Func) Result() *Type { return f.result }

// HasHandle says whether calls carry resource handles.
func (f *Func) HasHandle() bool { return f.params.HasHandle() || f.result.HasHandle() }

// Signature is a core function type.
type Signature struct{ Params, Results []ValueType }

// Equal says whether two signatures are the same.
func (s Signature) Equal(other Signature) bool {
	return slices.Equal(s.Params, other.Params) && slices.Equal(s.Results, other.Results)
}

func (s Signature) String() string { return fmt.Sprintf("%v -> %v", s.Params, s.Results) }

// ImportSignature is the core function that a guest calls to reach f.
func (f *Func) ImportSignature() Signature {
	s := Signature{Params: f.flatParams()}
	switch {
	case f.returnsPointer():
		s.Params = append(slices.Clone(s.Params), I32)
	case f.result != nil:
		s.Results = f.result.flat
	}
	return s
}

// ExportSignature is the core function that a guest exports to offer f.
func (f *Func) ExportSignature() Signature {
	s := Signature{Params: f.flatParams()}
	switch {
	case f.returnsPointer():
		s.Results = []ValueType{I32}
	case f.result != nil:
		s.Results = f.result.flat
	}
	return s
}

func (f *Func) flatParams() []ValueType {
	if f.spills() {
		return []ValueType{I32}
	}
	return f.flat
}

// spills says whether the parameters are passed in memory.
func (f *Func) spills() bool { return len(f.flat) > maxFlatParams }

// returnsPointer says whether the result is passed in memory.
func (f *Func) returnsPointer() bool { return f.result != nil && len(f.result.flat) > 1 }

// ErrorCases are the names of the enum that the result carries as its error,
// in order; empty when the function has no such result.
func (f *Func) ErrorCases() []string {
	if f.result == nil || f.result.Kind != ResultKind {
		return nil
	}
	failure := f.result.Cases[fail].Type
	if failure == nil || failure.Kind != Enum {
		return nil
	}
	names := make([]string, len(failure.Cases))
	for i, c := range failure.Cases {
		names[i] = c.Name
	}
	return names
}

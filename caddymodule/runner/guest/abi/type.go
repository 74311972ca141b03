// Package abi is the component model's canonical ABI: how values of interface
// types lie in a guest's memory and in core function parameters.
//
// Package component builds the types from a component's own type section;
// package guest lifts and lowers with them. This package knows nothing of
// WebAssembly binaries or engines: it sees a guest as a [Memory].
//
// Lifted values are bool, uint8…uint64, int8…int64, float32, float64, rune,
// string, []byte for list<u8>, []any for other lists and for tuples,
// map[string]any for records, string for enums, [Variant], []string for
// flags, nil or the value for options, and [Result].
package abi

import "fmt"

// Kind says which sort of type a Type is.
type Kind uint8

// The kinds of type.
const (
	Bool Kind = iota
	U8
	S8
	U16
	S16
	U32
	S32
	U64
	S64
	F32
	F64
	Char
	String
	List
	Record
	Tuple
	VariantKind
	Enum
	Option
	ResultKind
	Flags
	Handle // own or borrow of a resource
)

var kindNames = [...]string{
	"bool", "u8", "s8", "u16", "s16", "u32", "s32", "u64", "s64", "f32", "f64", "char", "string",
	"list", "record", "tuple", "variant", "enum", "option", "result", "flags", "handle",
}

func (k Kind) String() string { return kindNames[k] }

// Type is an immutable interface type with its layout worked out. Build one
// with the New functions.
type Type struct {
	Kind   Kind
	Elem   *Type    // of a list
	Fields []Field  // of a record; of a tuple, with empty names
	Cases  []Case   // of a variant, enum, option or result
	Labels []string // of flags

	size, align uint32
	offsets     []uint32 // of Fields
	payload     uint32   // offset of a case's value
	flat        flat
	depth       int
	handle      bool // holds a resource handle
}

// Field is one field of a record.
type Field struct {
	Name string
	Type *Type
}

// Case is one case of a variant; Type is nil when it carries no value.
type Case struct {
	Name string
	Type *Type
}

// Variant is one case of a WIT variant, with its value if it carries one.
type Variant struct {
	Case  string
	Value any
}

// Result is a WIT result: a value, or with Err set an error.
type Result struct {
	Err   bool
	Value any
}

// String writes the type roughly as WIT does, records by their field names.
func (t *Type) String() string {
	switch t.Kind {
	case List:
		return fmt.Sprintf("list<%v>", t.Elem)
	case Option:
		return fmt.Sprintf("option<%v>", t.Cases[some].Type)
	case Record:
		names := make([]string, len(t.Fields))
		for i, field := range t.Fields {
			names[i] = field.Name
		}
		return fmt.Sprintf("record %v", names)
	}
	return t.Kind.String()
}

// Field finds a record's field by name.
func (t *Type) Field(name string) (*Type, bool) {
	for _, field := range t.Fields {
		if field.Name == name {
			return field.Type, true
		}
	}
	return nil, false
}

// HasHandle says whether values of the type hold resource handles.
func (t *Type) HasHandle() bool { return t != nil && t.handle }

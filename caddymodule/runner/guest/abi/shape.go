package abi

import (
	"fmt"
	"reflect"
	"unicode/utf8"
)

// This file reads the parts of a Go value that a host answers with.

// bytesOf gives the content of a string or list<u8>.
func bytesOf(t *Type, v any) ([]byte, bool, error) {
	isBytes := t.Kind == List && t.Elem.Kind == U8
	switch b := v.(type) {
	case string:
		if t.Kind == String && !utf8.ValidString(b) {
			return nil, true, hostValue("string is not UTF-8")
		}
		return []byte(b), t.Kind == String || isBytes, nil
	case []byte:
		return b, isBytes, nil
	}
	if t.Kind == String {
		return nil, true, hostValue("%T is not a string", v)
	}
	return nil, false, nil
}

// elements gives the parts of any Go slice or array.
func elements(v any) ([]any, error) {
	if list, isList := v.([]any); isList {
		return list, nil
	}
	r := reflect.ValueOf(v)
	if r.Kind() != reflect.Slice && r.Kind() != reflect.Array {
		return nil, hostValue("%T is not a list", v)
	}
	list := make([]any, r.Len())
	for i := range list {
		list[i] = r.Index(i).Interface()
	}
	return list, nil
}

// parts gives the values of t's fields, in order. A field that the record
// does not have is nil, which only an option takes.
func parts(t *Type, v any) ([]any, error) {
	if t.Kind == Tuple {
		list, err := elements(v)
		if err == nil && len(list) != len(t.Fields) {
			err = hostValue("%d elements for a tuple of %d", len(list), len(t.Fields))
		}
		return list, err
	}
	record, isRecord := v.(map[string]any)
	if !isRecord {
		return nil, hostValue("%T is not a record", v)
	}
	list := make([]any, len(t.Fields))
	for i, field := range t.Fields {
		value, present := record[field.Name]
		if !present && field.Type.Kind != Option {
			return nil, hostValue("field %s: it is missing and not optional", field.Name)
		}
		list[i] = value
	}
	return list, nil
}

// partError names the part of t that an error is about.
func partError(t *Type, i int, err error) error {
	if t.Kind == Record {
		return fmt.Errorf("field %s: %w", t.Fields[i].Name, err)
	}
	return fmt.Errorf("element %d: %w", i, err)
}

// caseOf gives the index and the payload of the case that v stands for.
func caseOf(t *Type, v any) (int, any, error) {
	switch t.Kind {
	case Option:
		if v == nil {
			return none, nil, nil
		}
		return some, v, nil
	case ResultKind:
		return resultCase(v)
	case VariantKind:
		variant, isVariant := v.(Variant)
		if !isVariant {
			return 0, nil, hostValue("%T is not a variant", v)
		}
		i, err := caseNamed(t, variant.Case)
		return i, variant.Value, err
	}
	name, isName := v.(string)
	if !isName {
		return 0, nil, hostValue("%T is not the name of an enum case", v)
	}
	i, err := caseNamed(t, name)
	return i, nil, err
}

func resultCase(v any) (int, any, error) {
	result, isResult := v.(Result)
	switch {
	case !isResult:
		return 0, nil, hostValue("%T is not a result", v)
	case result.Err:
		return fail, result.Value, nil
	}
	return ok, result.Value, nil
}

func caseNamed(t *Type, name string) (int, error) {
	for i, c := range t.Cases {
		if c.Name == name {
			return i, nil
		}
	}
	return 0, hostValue("%v has no case %q", t.Kind, name)
}

package extension

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
)

// ManifestError lists what is wrong with a manifest.
type ManifestError struct {
	File     string
	Problems []Problem
}

// Problem is one fault of one field.
type Problem struct {
	Field   string // "ui.entry", "api.endpoints[0].method"; empty for a syntax error
	Line    int    // 1-based; 0 when the field is nowhere in the file
	Column  int    // 1-based, in characters; 0 when unknown
	Message string
}

func (e *ManifestError) Error() string {
	lines := make([]string, len(e.Problems))
	for i, p := range e.Problems {
		lines[i] = p.at(e.File)
	}
	return strings.Join(lines, "; ")
}

func (p Problem) at(file string) string {
	where := file
	if p.Line > 0 {
		where = fmt.Sprintf("%s:%d", file, p.Line)
	}
	if p.Column > 0 {
		where = fmt.Sprintf("%s:%d", where, p.Column)
	}
	if p.Field == "" {
		return where + ": " + p.Message
	}
	return fmt.Sprintf("%s: field %q %s", where, p.Field, p.Message)
}

// jsonProblem turns what encoding/json says into a problem with a place.
func jsonProblem(data []byte, err error) Problem {
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		return syntaxProblem(data, syntax.Offset, syntax.Error())
	}
	var kind *json.UnmarshalTypeError
	if errors.As(err, &kind) {
		return kindProblem(data, kind)
	}
	return Problem{Message: "is not valid JSON: " + err.Error()}
}

// kindProblem says which value is of the wrong kind, and which it must be.
func kindProblem(data []byte, err *json.UnmarshalTypeError) Problem {
	where := newPlaces(data)
	field := where.before(err.Offset)
	if field == "" {
		return Problem{Line: 1, Message: "must be a JSON object in { }, not " + kindOf(err.Value)}
	}
	p := where.valueOf(field)
	p.Field, p.Message = field, fmt.Sprintf("must be %s, not %s", kindName(err.Type.Kind()), kindOf(err.Value))
	return p
}

func kindName(k reflect.Kind) string {
	switch k {
	case reflect.String:
		return "a string"
	case reflect.Slice:
		return "an array"
	}
	return "an object"
}

// kindOf names a kind of value of which encoding/json tells, such as "number"
// or "number 7".
func kindOf(value string) string {
	switch value, _, _ = strings.Cut(value, " "); value {
	case "bool":
		return "true or false"
	case "array", "object":
		return "an " + value
	}
	return "a " + value
}

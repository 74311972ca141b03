package extension

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
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
	if p.Field == "" {
		return where + ": " + p.Message
	}
	return fmt.Sprintf("%s: field %q %s", where, p.Field, p.Message)
}

// jsonProblem turns what encoding/json says into a problem with a line.
func jsonProblem(data []byte, err error) Problem {
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		return Problem{Line: lineAt(data, syntax.Offset), Message: "is not valid JSON: " + syntax.Error()}
	}
	var kind *json.UnmarshalTypeError
	if errors.As(err, &kind) {
		if kind.Field == "" {
			return Problem{Line: lineAt(data, kind.Offset), Message: "must be a JSON object, not a " + kind.Value}
		}
		return Problem{Field: kind.Field, Line: lineAt(data, kind.Offset), Message: fmt.Sprintf("must be %s, not a %s", kindName(kind.Type.Kind()), kind.Value)}
	}
	return Problem{Message: "is not valid JSON: " + err.Error()}
}

func lineAt(data []byte, offset int64) int {
	return 1 + bytes.Count(data[:min(int(offset), len(data))], []byte("\n"))
}

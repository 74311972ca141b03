package extension

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/same-origin/devproxy/compose/spelling"
)

// fieldLines knows on which line each field of a JSON document stands, so
// that a message about a value can say where it is.
type fieldLines map[string]int

func newFieldLines(data []byte) fieldLines {
	lines := fieldLines{}
	dec := json.NewDecoder(bytes.NewReader(data))
	lines.walk(dec, data, "")
	return lines
}

// walk records the value that dec stands before; it stops at the first token
// that does not parse, which ParseManifest has then already reported.
func (l fieldLines) walk(dec *json.Decoder, data []byte, field string) bool {
	token, err := dec.Token()
	if err != nil {
		return false
	}
	if field != "" {
		l[field] = lineAt(data, dec.InputOffset())
	}
	switch token {
	case json.Delim('{'):
		return l.walkObject(dec, data, field)
	case json.Delim('['):
		return l.walkArray(dec, data, field)
	}
	return true
}

func (l fieldLines) walkObject(dec *json.Decoder, data []byte, field string) bool {
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			return false
		}
		name, _ := key.(string)
		if field != "" {
			name = field + "." + name
		}
		if !l.walk(dec, data, name) {
			return false
		}
	}
	_, err := dec.Token()
	return err == nil
}

func (l fieldLines) walkArray(dec *json.Decoder, data []byte, field string) bool {
	for i := 0; dec.More(); i++ {
		if !l.walk(dec, data, fmt.Sprintf("%s[%d]", field, i)) {
			return false
		}
	}
	_, err := dec.Token()
	return err == nil
}

// of finds the line of field or of what it would stand in.
func (l fieldLines) of(field string) int {
	for field != "" {
		if line, ok := l[field]; ok {
			return line
		}
		field = field[:max(strings.LastIndexAny(field, ".["), 0)]
	}
	return 0
}

// similar finds a field that looks like a misspelt want in the same object.
func (l fieldLines) similar(want string) string {
	parent := want[:strings.LastIndex(want, ".")+1]
	var names []string
	for _, field := range slices.Sorted(maps.Keys(l)) {
		name, inside := strings.CutPrefix(field, parent)
		if inside && !strings.ContainsAny(name, ".[") && !isField(field) {
			names = append(names, name)
		}
	}
	if near := spelling.Nearest(want[len(parent):], names); near != "" {
		return parent + near
	}
	return ""
}

// isField says whether the manifest defines field.
func isField(field string) bool {
	switch field {
	case "name", "publisher", "version", "runtime", "capabilities", "ui", "api",
		"events", "entry", "precompiled", "assets", "sbom", "ui.type", "ui.entry", "ui.hooks", "api.endpoints":
		return true
	}
	return false
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

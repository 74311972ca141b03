// manifest_places.go contains where the fields of a manifest stand.

package extension

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/same-origin/devproxy/compose/spelling"
)

// place is where a field stands: the bytes at which its name and its value
// begin. An item of an array has no name; it is its value's place.
type place struct{ name, value int64 }

// places knows where each field of a JSON document stands, so that a message
// about one can say where it is.
type places struct {
	data []byte
	of   map[string]place
}

func newPlaces(data []byte) places {
	p := places{data: data, of: map[string]place{}}
	p.walk(json.NewDecoder(bytes.NewReader(data)), "", -1)
	return p
}

// walk records the value that dec stands before; it stops at the first token
// that does not parse, which ParseManifest has then already reported.
func (p places) walk(dec *json.Decoder, field string, name int64) bool {
	at := p.next(dec)
	token, err := dec.Token()
	if err != nil {
		return false
	}
	if name < 0 {
		name = at
	}
	if field != "" {
		p.of[field] = place{name: name, value: at}
	}
	switch token {
	case json.Delim('{'):
		return p.walkObject(dec, field)
	case json.Delim('['):
		return p.walkArray(dec, field)
	}
	return true
}

// next gives where the next token begins.
func (p places) next(dec *json.Decoder) int64 {
	at := dec.InputOffset()
	for int(at) < len(p.data) && strings.IndexByte(" \t\r\n,:", p.data[at]) >= 0 {
		at++
	}
	return at
}

func (p places) walkObject(dec *json.Decoder, field string) bool {
	for dec.More() {
		at := p.next(dec)
		key, err := dec.Token()
		if err != nil {
			return false
		}
		name, _ := key.(string)
		if field != "" {
			name = field + "." + name
		}
		if !p.walk(dec, name, at) {
			return false
		}
	}
	_, err := dec.Token()
	return err == nil
}

func (p places) walkArray(dec *json.Decoder, field string) bool {
	for i := 0; dec.More(); i++ {
		if !p.walk(dec, fmt.Sprintf("%s[%d]", field, i), -1) {
			return false
		}
	}
	_, err := dec.Token()
	return err == nil
}

// valueOf gives a problem at the value of field, or of what it would stand in;
// without a place when that is nowhere.
func (p places) valueOf(field string) Problem {
	for in := field; in != ""; in = in[:max(strings.LastIndexAny(in, ".["), 0)] {
		if at, ok := p.of[in]; ok {
			return problemAt(p.data, at.value)
		}
	}
	return Problem{}
}

// nameOf gives a problem at the name of a field that is there.
func (p places) nameOf(field string) Problem { return problemAt(p.data, p.of[field].name) }

// before gives the field whose value begins last before offset: encoding/json
// tells where a value ends, or its first byte. It is "" when there is none.
func (p places) before(offset int64) string {
	last, best := int64(-1), ""
	for field, at := range p.of {
		if at.value < offset && at.value > last {
			last, best = at.value, field
		}
	}
	return best
}

// problemAt gives a problem at a byte of data.
func problemAt(data []byte, offset int64) Problem {
	before := data[:max(0, min(int(offset), len(data)))]
	line := before[bytes.LastIndexByte(before, '\n')+1:]
	return Problem{Line: 1 + bytes.Count(before, []byte("\n")), Column: 1 + utf8.RuneCount(line)}
}

// similar finds a field that looks like a misspelt want in the same object.
func (p places) similar(want string) string {
	parent := want[:strings.LastIndex(want, ".")+1]
	var names []string
	for _, field := range slices.Sorted(maps.Keys(p.of)) {
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

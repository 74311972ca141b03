package canonicaljson

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
)

// MaxDepth is how deep arrays and objects may lie in each other. Sorting copies
// the members of each level, so depth multiplies the work.
const MaxDepth = 100

// ErrInvalid says that a text is no JSON in UTF-8.
var ErrInvalid = errors.New("this is not valid JSON in UTF-8")

// ErrDepth says that a text is nested deeper than MaxDepth.
var ErrDepth = errors.New("the JSON is nested too deep")

// Marshal is the canonical JSON of a Go value.
func Marshal(v any) ([]byte, error) {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		return nil, err
	}
	return Transform(text.Bytes())
}

// Transform is the canonical form of a JSON text. Of a key that stands twice in
// an object the last value counts, as everywhere.
func Transform(text []byte) ([]byte, error) {
	if !valid(text) {
		return nil, ErrInvalid
	}
	w := &writer{text: text, out: make([]byte, 0, len(text))}
	if err := w.value(0); err != nil {
		return nil, err
	}
	return w.out, nil
}

// writer reads a text that is known to be valid, and writes as it goes.
type writer struct {
	text    []byte
	at      int
	out     []byte
	scratch []byte
}

func (w *writer) value(depth int) error {
	if depth > MaxDepth {
		return ErrDepth
	}
	switch c := w.next(); c {
	case '{':
		return w.object(depth)
	case '[':
		return w.array(depth)
	case '"':
		w.out = appendQuoted(w.out, w.str())
	case 't', 'f', 'n':
		w.out = append(w.out, w.word()...)
	default:
		w.out = appendNumber(w.out, string(w.word()))
	}
	return nil
}

func (w *writer) array(depth int) error {
	w.at++
	w.out = append(w.out, '[')
	for w.next() != ']' {
		if w.text[w.at] == ',' {
			w.at++
			w.out = append(w.out, ',')
		}
		if err := w.value(depth + 1); err != nil {
			return err
		}
	}
	w.at++
	w.out = append(w.out, ']')
	return nil
}

// member is one member of an object, and where it was written.
type member struct {
	key        string
	order      int // in which it was read
	start, end int
}

func (w *writer) object(depth int) error {
	w.at++
	begin := len(w.out)
	var members []member
	for w.next() != '}' {
		if w.text[w.at] == ',' {
			w.at++
			w.next()
		}
		m := member{key: w.str(), order: len(members), start: len(w.out)}
		w.out = append(appendQuoted(w.out, m.key), ':')
		w.next()
		w.at++ // the colon
		if err := w.value(depth + 1); err != nil {
			return err
		}
		m.end = len(w.out)
		members = append(members, m)
	}
	w.at++
	w.arrange(begin, members)
	return nil
}

// arrange puts the members that were written since begin into their order.
func (w *writer) arrange(begin int, members []member) {
	slices.SortFunc(members, func(a, b member) int {
		if c := compareKeys(a.key, b.key); c != 0 {
			return c
		}
		return a.order - b.order
	})
	w.scratch = append(w.scratch[:0], w.out[begin:]...)
	w.out = append(w.out[:begin], '{')
	first := true
	for i, m := range members {
		if i+1 < len(members) && members[i+1].key == m.key {
			continue
		}
		if !first {
			w.out = append(w.out, ',')
		}
		first = false
		w.out = append(w.out, w.scratch[m.start-begin:m.end-begin]...)
	}
	w.out = append(w.out, '}')
}

// next skips white space and gives the byte that stands there.
func (w *writer) next() byte {
	for ; ; w.at++ {
		switch c := w.text[w.at]; c {
		case ' ', '\t', '\n', '\r':
		default:
			return c
		}
	}
}

// word reads a number, true, false or null.
func (w *writer) word() []byte {
	start := w.at
	for ; w.at < len(w.text); w.at++ {
		switch w.text[w.at] {
		case ' ', '\t', '\n', '\r', ',', ']', '}':
			return w.text[start:w.at]
		}
	}
	return w.text[start:]
}

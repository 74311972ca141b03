package canonicaljson

import (
	"bytes"
	"encoding/json"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// In here, strings are UTF-8, but for halves of surrogate pairs that stand alone:
// JavaScript keeps those, and they are written as UTF-8 would write such a rune.

func valid(text []byte) bool { return utf8.Valid(text) && json.Valid(text) }

// str reads the string whose quote stands next.
func (w *writer) str() string {
	w.at++
	rest := w.text[w.at:]
	plain := bytes.IndexAny(rest, `"\`)
	if rest[plain] == '"' {
		w.at += plain + 1
		return string(rest[:plain])
	}
	decoded := append([]byte(nil), rest[:plain]...)
	for w.at += plain; ; {
		switch c := w.text[w.at]; c {
		case '"':
			w.at++
			return string(decoded)
		case '\\':
			decoded = w.escape(decoded)
		default:
			decoded = append(decoded, c)
			w.at++
		}
	}
}

var escapes = map[byte]byte{'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t'}

// escape reads one escape, or the two that are a surrogate pair.
func (w *writer) escape(decoded []byte) []byte {
	c := w.text[w.at+1]
	if c != 'u' {
		w.at += 2
		if control, ok := escapes[c]; ok {
			c = control
		}
		return append(decoded, c)
	}
	r := w.unit(w.at)
	w.at += 6
	if utf16.IsSurrogate(r) {
		if pair := utf16.DecodeRune(r, w.unit(w.at)); pair != utf8.RuneError {
			w.at += 6
			return utf8.AppendRune(decoded, pair)
		}
		return append(decoded, 0xE0|byte(r>>12), 0x80|byte(r>>6)&0x3F, 0x80|byte(r)&0x3F)
	}
	return utf8.AppendRune(decoded, r)
}

// unit is the UTF-16 unit whose escape stands at a place, 0 if none does.
func (w *writer) unit(at int) rune {
	if at+6 > len(w.text) || w.text[at] != '\\' || w.text[at+1] != 'u' {
		return 0
	}
	n, _ := strconv.ParseUint(string(w.text[at+2:at+6]), 16, 16)
	return rune(n)
}

const hex = "0123456789abcdef"

// letters are the escapes that JavaScript writes with a letter.
var letters = map[byte]byte{'\b': 'b', '\f': 'f', '\n': 'n', '\r': 'r', '\t': 't', '"': '"', '\\': '\\'}

// appendQuoted writes a string as JSON.stringify does: nothing is escaped that
// need not be, "<" and U+2028 neither.
func appendQuoted(out []byte, s string) []byte {
	out = append(out, '"')
	start := 0
	for i := 0; i < len(s); i++ {
		c := s[i]
		lone := c == 0xED && s[i+1] >= 0xA0
		if c >= ' ' && c != '"' && c != '\\' && !lone {
			continue
		}
		out = append(out, s[start:i]...)
		letter, short := letters[c]
		switch {
		case short:
			out = append(out, '\\', letter)
		case lone:
			out = append(out, '\\', 'u', 'd', hex[s[i+1]>>2&0xF], hex[s[i+1]<<2&0xC|s[i+2]>>4&0x3], hex[s[i+2]&0xF])
			i += 2
		default:
			out = append(out, '\\', 'u', '0', '0', hex[c>>4], hex[c&0xF])
		}
		start = i + 1
	}
	return append(append(out, s[start:]...), '"')
}

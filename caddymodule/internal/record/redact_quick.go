// redact_quick.go contains how most text is known to have no secret without
// being taken apart. Whatever is in doubt is.

package record

import (
	"strings"
	"unicode/utf8"
)

// three is as many bytes as the shortest hint has.
const three = 3

// beginnings has the places of the first three bytes of each hint.
var beginnings = func() (set [1 << 12 / 64]uint64) {
	for _, l := range looks {
		for _, hint := range l.hints {
			at := place(hint[0], hint[1], hint[2])
			set[at/64] |= 1 << (at % 64)
		}
	}
	return set
}()

// place is the same for three bytes in either case, and seldom for others.
func place(a, b, c byte) uint32 {
	return (uint32(a|0x20)*0x9e5f + uint32(b|0x20)*0x85eb + uint32(c|0x20)*0x3c6d) % (1 << 12)
}

// mayHint is false when no hint is in text, in any case. Letters beyond ASCII may
// have a lower case within it.
func mayHint(text string) bool {
	for i := range len(text) {
		if text[i] >= utf8.RuneSelf {
			return true
		}
		if i+three > len(text) {
			continue
		}
		if at := place(text[i], text[i+1], text[i+2]); beginnings[at/64]&(1<<(at%64)) != 0 {
			return true
		}
	}
	return false
}

// harmless says that JSON has no secret value, no hint and no name that tells of
// one, wherever they would stand. An escape may hide any of them.
func (r *Redactor) harmless(text string) bool {
	if strings.Contains(text, `\`) || r.values != nil && r.values.Replace(text) != text {
		return false
	}
	lower := strings.ToLower(text)
	for _, l := range looks {
		if l.hinted(lower) {
			return false
		}
	}
	names := separators.Replace(lower)
	for _, part := range telling {
		if strings.Contains(names, part) {
			return false
		}
	}
	for _, list := range []map[string]bool{exact, r.names} {
		for name := range list {
			if strings.Contains(names, `"`+name+`"`) {
				return false
			}
		}
	}
	return true
}

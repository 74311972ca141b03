package canonicaljson

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// compareKeys orders keys as JavaScript does once they were sorted by UTF-16
// unit: those that look like an index of an array come first, by number.
func compareKeys(a, b string) int {
	m, isIndex := index(a)
	n, isToo := index(b)
	switch {
	case isIndex && isToo:
		return cmp.Compare(m, n)
	case isIndex:
		return -1
	case isToo:
		return 1
	}
	return compareUnits(a, b)
}

// index reads a key that JavaScript takes for an index: 0 to 2³²-2, without
// anything before or behind it.
func index(key string) (uint64, bool) {
	if len(key) == 0 || len(key) > 10 || key[0] < '0' || key[0] > '9' || key[0] == '0' && len(key) > 1 {
		return 0, false
	}
	n, err := strconv.ParseUint(key, 10, 64)
	return n, err == nil && n < 1<<32-1
}

// compareUnits compares by UTF-16 unit. That differs from the order of bytes only
// from the surrogates on: two units of a rune beyond U+FFFF lie below U+E000.
func compareUnits(a, b string) int {
	i := 0
	for i < len(a) && i < len(b) && a[i] == b[i] {
		i++
	}
	if i == len(a) || i == len(b) || a[i] < 0xED && b[i] < 0xED && utf8.RuneStart(a[i]) && utf8.RuneStart(b[i]) {
		return strings.Compare(a[i:], b[i:])
	}
	for i > 0 && !utf8.RuneStart(a[i]) {
		i--
	}
	return slices.Compare(units(a[i:]), units(b[i:]))
}

// units are the UTF-16 units of a string, halves of pairs among them.
func units(s string) []uint16 {
	list := make([]uint16, 0, len(s))
	for len(s) > 0 {
		r, size := utf8.DecodeRuneInString(s)
		if r == utf8.RuneError && size == 1 {
			list, s = append(list, 0xD000|uint16(s[1]&0x3F)<<6|uint16(s[2]&0x3F)), s[3:]
			continue
		}
		list, s = utf16.AppendRune(list, r), s[size:]
	}
	return list
}

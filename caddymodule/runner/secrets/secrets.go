// Package secrets says what of a secret must not be shown. The runner's host
// blanks what handlers print by it, the record what was called, the dashboard's
// board all the rest. The package calls nobody.
package secrets

import (
	"cmp"
	"iter"
	"slices"
	"strings"
)

// shortest is the length in bytes from which on a value counts, and shortestLine
// that of one of its lines: shorter ones stand in too many words.
const shortest, shortestLine = 4, 12

// Words are what is to be blanked of values, each once, the longest first: each
// value, and its lines, since a key in PEM is printed line by line.
func Words(values iter.Seq[string]) (words []string) {
	for value := range values {
		if len(value) >= shortest {
			words = append(words, value)
		}
		for line := range strings.Lines(value) {
			if line = strings.TrimSpace(line); len(line) >= shortestLine {
				words = append(words, line)
			}
		}
	}
	return longestFirst(words)
}

// longestFirst sorts, since of two that begin alike the longer one is meant and
// a replacer takes the first, and leaves each once.
func longestFirst(words []string) []string {
	slices.SortFunc(words, func(a, b string) int { return cmp.Or(len(b)-len(a), strings.Compare(a, b)) })
	return slices.Compact(words)
}

// Replacer puts blank in the place of each word.
func Replacer(words []string, blank string) *strings.Replacer {
	pairs := make([]string, 0, 2*len(words))
	for _, word := range words {
		pairs = append(pairs, word, blank)
	}
	return strings.NewReplacer(pairs...)
}

// Package spelling finds what a person probably meant. Whatever reads names
// from a person asks it: commands, Caddyfile, manifest, compose file. It stands
// at the lowest storey so that all of them may, and calls nobody.
package spelling

import (
	"unicode/utf8"

	"github.com/agnivade/levenshtein"
)

// longest is what somebody may have mistyped: comparing costs the product of
// both lengths.
const longest = 100

// Nearest is the first of the known words that differs the least from word:
// in a third of its letters at most, but two are always allowed and one letter
// must be left of either. It is "" when none is that close, or word is longer than
// a hundred bytes.
func Nearest(word string, known []string) string {
	if len(word) > longest {
		return ""
	}
	length := utf8.RuneCountInString(word)
	best, distance := "", max(2, length/3)+1
	for _, candidate := range known {
		limit := min(distance, length, utf8.RuneCountInString(candidate))
		if d := levenshtein.ComputeDistance(word, candidate); d < limit {
			best, distance = candidate, d
		}
	}
	return best
}

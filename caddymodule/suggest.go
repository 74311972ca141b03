package caddymodule

import (
	"fmt"
	"strings"

	"github.com/agnivade/levenshtein"
)

// didYouMean names the known word that is closest to word, or all of them
// when none is close.
func didYouMean(word string, known []string) string {
	best, distance := "", 3
	for _, k := range known {
		if d := levenshtein.ComputeDistance(word, k); d < distance {
			best, distance = k, d
		}
	}
	if best != "" {
		return fmt.Sprintf("; did you mean %q?", best)
	}
	return "; known: " + strings.Join(known, ", ")
}

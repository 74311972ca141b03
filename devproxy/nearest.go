package main

import (
	"maps"
	"slices"

	"github.com/agnivade/levenshtein"
)

// nearest is the candidate that was probably meant by word; "" when none is
// close.
func nearest(word string, candidates []string) string {
	best, distance := "", 3
	for _, candidate := range candidates {
		if d := levenshtein.ComputeDistance(word, candidate); d < distance {
			best, distance = candidate, d
		}
	}
	return best
}

// sortedKeys puts what a map holds into an order.
func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

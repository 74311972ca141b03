package main

import (
	"maps"
	"slices"
)

// sortedKeys puts what a map holds into an order.
func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

//go:build !linux

package main

import "context"

// checkWatches has nothing to look at: only Linux counts watches.
func checkWatches(context.Context, *patient) []finding {
	return skipped("this system does not limit watches")
}

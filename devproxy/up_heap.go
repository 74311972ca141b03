// up_heap.go contains how much garbage a proxy may keep before it is collected.

package main

import (
	"os"
	"runtime/debug"
)

// reservedHeap is counted as memory in use and never touched, so that the
// system never lends it.
const reservedHeap = 32 << 20

// reserveHeap makes collections rarer while little is in use: the collector
// runs when the heap has doubled, which from some ten megabytes is dozens of
// times a second under load, and a sixth of the time that a request takes. The
// more is in use, the less this changes, unlike with a higher GOGC. Whoever
// sets that, or GOMEMLIMIT, has other plans. The caller keeps the result.
func reserveHeap() []byte {
	if os.Getenv("GOGC") != "" || os.Getenv("GOMEMLIMIT") != "" {
		return nil
	}
	return make([]byte, reservedHeap)
}

// returnMemory gives back what only the start needed.
func returnMemory() { debug.FreeOSMemory() }

// Package firstheap has the program start without garbage collections.
//
// More than 600 packages initialise themselves before main begins, and leave
// 13 MB of which most is kept: the collections that Go would run for each few
// of them take a quarter of the start, and free next to nothing. main imports
// this package, which is initialised before most of them, as it needs nearly
// none. The first collection, which a server may have when it has started, ends
// it, and begins the profile of the heap that unprofiled put off.
package firstheap

import (
	"os"
	"runtime"
	"runtime/debug"

	"github.com/same-origin/devproxy/devproxy/internal/unprofiled"
)

// With these percents of Go's least goal of 4 MB the first collection comes at
// 16 MB, and everything is as it always is from there on.
const (
	first  = 400
	always = 100
)

func init() {
	unset := os.Getenv("GOGC") == "" // otherwise somebody knows better
	if unset {
		debug.SetGCPercent(first)
	}
	unreachable := new([64]byte)
	runtime.AddCleanup(unreachable, end, unset)
}

func end(unset bool) {
	unprofiled.End()
	if unset {
		debug.SetGCPercent(always)
	}
}

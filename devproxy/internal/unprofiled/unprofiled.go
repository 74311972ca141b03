// Package unprofiled keeps what the packages allocate before main begins out of
// the profile of the heap. Each sample of it follows the stack through the
// tables of the program file, and so reads 2 MB of them that nothing else needs.
// firstheap calls it; it needs the runtime only, and is therefore initialised
// before nearly all others.
package unprofiled

import "runtime"

// rate is the user's own where GODEBUG has a memprofilerate.
var rate = runtime.MemProfileRate

func init() { runtime.MemProfileRate = 0 }

// End begins the profile: it has what is allocated from here on.
func End() { runtime.MemProfileRate = rate }

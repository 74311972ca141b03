// Package headroom finds out how much memory this process can still get.
//
// Go ends a process that gets none, and a control group kills it; so whoever
// is about to need much looks here first. Package guest does, before it
// compiles a handler, and `devproxy doctor`. The package calls nobody but the
// system, which tells on Linux only.
package headroom

import "runtime/metrics"

// Bound is what limits memory.
type Bound string

// The bounds.
const (
	AddressSpace Bound = "address space" // of the process: RLIMIT_AS, ulimit -v
	Group        Bound = "control group" // of a container, a systemd unit or a session
	Machine      Bound = "machine"       // its free memory and swap
)

// Room is what is left below the tightest bound.
type Room struct {
	Bound Bound
	Bytes uint64 // that can still be had
	Limit uint64 // of the bound, all in all
	Where string // the file that says so, "" for AddressSpace
}

// Look gives the tightest bound; known is false where the system says nothing
// of any.
func Look() (tightest Room, known bool) {
	free, released := unused()
	for _, look := range looks {
		room, ok := look()
		if !ok {
			continue
		}
		room.Bytes += free
		if room.Bound == AddressSpace {
			room.Bytes += released // given back, with its addresses kept
		}
		if !known || room.Bytes < tightest.Bytes {
			tightest, known = room, true
		}
	}
	return tightest, known
}

// unused is what Go has of the system and does not need: memory, and addresses
// without memory.
func unused() (free, released uint64) {
	samples := []metrics.Sample{{Name: "/memory/classes/heap/free:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
	metrics.Read(samples)
	return samples[0].Value.Uint64(), samples[1].Value.Uint64()
}

// less is a-b, and 0 where that is nothing.
func less(a, b uint64) uint64 {
	if a < b {
		return 0
	}
	return a - b
}

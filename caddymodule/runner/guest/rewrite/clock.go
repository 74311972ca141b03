package rewrite

import (
	"slices"

	"github.com/same-origin/devproxy/caddymodule/runner/guest/wasmbin"
)

// Clocks that a component was built without return the build time from a
// constant. It is the one part of the code that differs between two builds
// of the same engine, so it moves to a global; the meaning stays the same,
// whatever the constant was for.
const (
	earliestClock = 1577836800e9 // 2020-01-01 in nanoseconds
	latestClock   = 4102444800e9 // 2100-01-01
	longestClock  = 32           // bytes of such a function's body
	maxClocks     = 8

	opLocalGet = 0x20
)

// replaceClock rewrites a short body that begins, after pushes of locals,
// with a constant that looks like a time.
func (s *splitter) replaceClock(body []byte) []byte {
	if len(body) > longestClock {
		return body
	}
	r := wasmbin.NewReader(body)
	if r.Uint32() != 0 { // local variables
		return body
	}
	start := r.Offset()
	op := r.Byte()
	for op == opLocalGet && r.Err() == nil {
		r.Uint32()
		start = r.Offset()
		op = r.Byte()
	}
	value := r.Int64()
	if op != opI64Const || r.Err() != nil || value < earliestClock || value > latestClock {
		return body
	}
	clock, known := s.clock(value)
	if !known {
		return body
	}
	out := append(slices.Clone(body[:start]), opGlobalGet)
	out = wasmbin.AppendUint32(out, s.clockGlobal(clock))
	return append(out, body[r.Offset():]...)
}

// clock gives the index of the global for a value.
func (s *splitter) clock(value int64) (int, bool) {
	if i := slices.Index(s.template.Clocks, value); i >= 0 {
		return i, true
	}
	if len(s.template.Clocks) == maxClocks {
		return 0, false
	}
	s.template.Clocks = append(s.template.Clocks, value)
	return len(s.template.Clocks) - 1, true
}

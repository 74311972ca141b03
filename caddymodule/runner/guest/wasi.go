package guest

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"time"
)

// This file answers the WASI 0.2 functions that JavaScript components call
// besides wasi_snapshot_preview1: clocks, randomness and timers. Their core
// signatures are fixed, so they work on the core values.

var randomness = rand.Reader

// wasiFunctions are keyed by interface and function, versions cut off.
var wasiFunctions = map[string]func(ctx context.Context, r *run, stack []uint64){
	"wasi:clocks/monotonic-clock#now": func(_ context.Context, r *run, stack []uint64) {
		stack[0] = r.monotonic()
	},
	"wasi:clocks/monotonic-clock#resolution": func(_ context.Context, _ *run, stack []uint64) {
		stack[0] = uint64(time.Microsecond)
	},
	"wasi:clocks/monotonic-clock#subscribe-duration": func(_ context.Context, r *run, stack []uint64) {
		stack[0] = r.startTimer(saturatingAdd(r.timers.now(), stack[0]))
	},
	"wasi:clocks/monotonic-clock#subscribe-instant": func(_ context.Context, r *run, stack []uint64) {
		stack[0] = r.startTimer(stack[0])
	},
	"wasi:io/poll#poll":                    pollTimers,
	"wasi:io/poll#[method]pollable.block":  blockOnTimer,
	"wasi:io/poll#[method]pollable.ready":  timerReady,
	"wasi:io/poll#[resource-drop]pollable": dropTimer,
	"wasi:random/random#get-random-u64":    randomNumber,
	"wasi:random/random#get-random-bytes":  randomBytes,
}

// wasiFunction is the Go side of one WASI import. Dropping a resource that
// nothing made is harmless; any other call of what is missing traps.
func wasiFunction(name Import) func(ctx context.Context, r *run, stack []uint64) {
	if function := wasiFunctions[name.String()]; function != nil {
		return function
	}
	isDrop := strings.HasPrefix(name.Function, "[resource-drop]")
	return func(context.Context, *run, []uint64) {
		if !isDrop {
			panic(fmt.Errorf("%v is not available here; fetch with the import %s/http instead", name, extensionPackage))
		}
	}
}

// monotonic is the clock that intervals are measured with.
func (r *run) monotonic() uint64 {
	if stubs := r.program.stubs; stubs.stopClock() {
		return uint64(stubs.loaded.UnixNano())
	}
	return r.timers.now()
}

// startTimer returns the handle of a timer that ends at due.
func (r *run) startTimer(due uint64) uint64 {
	if r.program.stubs.stopClock() {
		panic(errNoTimers)
	}
	return uint64(r.timers.add(due))
}

var errNoTimers = errors.New("setTimeout and setInterval are not available: the component is built without clocks")

func randomNumber(_ context.Context, r *run, stack []uint64) {
	var b [8]byte
	r.randomize(b[:])
	stack[0] = binary.LittleEndian.Uint64(b[:])
}

// randomize fills b.
func (r *run) randomize(b []byte) {
	if !r.program.stubs.repeatRandom() {
		rand.Read(b)
		return
	}
	for len(b) > 0 {
		word := binary.LittleEndian.AppendUint64(nil, r.repeating.next())
		b = b[copy(b, word):]
	}
}

// randomBytes is (len: u64) -> list<u8>.
func randomBytes(_ context.Context, r *run, stack []uint64) {
	n, result := stack[0], uint32(stack[1])
	if n > r.limits.MemoryBytes {
		panic(fmt.Errorf("%d random bytes are more than the guest's memory", n))
	}
	b := make([]byte, n)
	r.randomize(b)
	r.memory.mustReturnList(result, b, 1, uint32(n))
}

// mustReturnList puts content of n elements into the guest's memory, and its
// place and length where the guest wants the result.
func (m guestMemory) mustReturnList(result uint32, content []byte, align, n uint32) {
	offset, err := m.Allocate(align, uint32(len(content)))
	if err != nil {
		panic(err)
	}
	if !m.Write(offset, content) || !m.WriteUint32Le(result, offset) || !m.WriteUint32Le(result+4, n) {
		panic(fmt.Errorf("returning %d bytes: pointer outside the guest's memory", len(content)))
	}
}

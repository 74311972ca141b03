package guest

import (
	"context"
	"encoding/binary"
	"fmt"
	"math"
	"time"
)

// timers are a run's pollables, which all are points in time: nothing else
// that a guest can wait for exists here.
type timers struct {
	start time.Time // of the guest's monotonic clock
	next  uint32
	due   map[uint32]uint64 // by handle, in nanoseconds since start
}

// mostTimers bounds what a guest can make the host remember.
const mostTimers = 1 << 16

// now is the guest's monotonic clock, which starts with its first look.
func (t *timers) now() uint64 {
	if t.start.IsZero() {
		t.start = time.Now()
	}
	return uint64(time.Since(t.start)) + 1
}

// add returns the handle of a timer; handles begin at 1.
func (t *timers) add(due uint64) uint32 {
	if len(t.due) >= mostTimers {
		panic(fmt.Errorf("more than %d timers at once", mostTimers))
	}
	if t.due == nil {
		t.due = map[uint32]uint64{}
	}
	t.next++
	t.due[t.next] = due
	return t.next
}

// sleep waits until due, or unwinds the guest when its time is up.
func (t *timers) sleep(ctx context.Context, due uint64) {
	left := min(due-min(due, t.now()), math.MaxInt64)
	timer := time.NewTimer(time.Duration(left))
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
		panic(stopped{context.Cause(ctx)})
	}
}

func (t *timers) at(handle uint32) uint64 {
	due, exists := t.due[handle]
	if !exists {
		panic(fmt.Errorf("waiting for handle %d, which is not a timer", handle))
	}
	return due
}

func blockOnTimer(ctx context.Context, r *run, stack []uint64) {
	r.timers.sleep(ctx, r.timers.at(uint32(stack[0])))
}

func timerReady(_ context.Context, r *run, stack []uint64) {
	ready := r.timers.at(uint32(stack[0])) <= r.timers.now()
	stack[0] = 0
	if ready {
		stack[0] = 1
	}
}

func dropTimer(_ context.Context, r *run, stack []uint64) {
	delete(r.timers.due, uint32(stack[0]))
}

// pollTimers is (list<borrow<pollable>>) -> list<u32>: it waits for the first
// and returns the places of all that are due.
func pollTimers(ctx context.Context, r *run, stack []uint64) {
	count, result := uint32(stack[1]), uint32(stack[2])
	handles, inside := r.memory.Read(uint32(stack[0]), 4*min(count, mostTimers+1))
	if !inside || count > mostTimers {
		panic(fmt.Errorf("polling %d timers: list outside the guest's memory", count))
	}
	due := make([]uint64, count)
	first := uint64(math.MaxUint64)
	for i := range due {
		due[i] = r.timers.at(binary.LittleEndian.Uint32(handles[i*4:]))
		first = min(first, due[i])
	}
	r.timers.sleep(ctx, first)
	var ready []byte
	for i, at := range due {
		if at <= max(first, r.timers.now()) {
			ready = binary.LittleEndian.AppendUint32(ready, uint32(i))
		}
	}
	r.memory.mustReturnList(result, ready, 4, uint32(len(ready)/4))
}

func saturatingAdd(a, b uint64) uint64 {
	if a > math.MaxUint64-b {
		return math.MaxUint64
	}
	return a + b
}

package guest

import (
	"bytes"
	"errors"
	"fmt"
	"slices"

	"github.com/tetratelabs/wazero/api"

	"github.com/same-origin/devproxy/caddymodule/runner/guest/rewrite"
)

// image is the state that every fresh instance of a program starts with:
// what its component says, or what initialising its source left behind.
type image struct {
	segments []rewrite.Segment
	clocks   []int64
	globals  []uint64 // by rewrite.GlobalName
	pages    uint32   // of memory
}

// restore brings a new instance into this state.
func (i *image) restore(instance api.Module) error {
	memory := instance.Memory()
	if have := memory.Size() / bytesPerPage; have < i.pages {
		if _, grown := memory.Grow(i.pages - have); !grown {
			return fmt.Errorf("the guest starts with %d pages of memory, more than it may have", i.pages)
		}
	}
	for _, segment := range i.segments {
		if !memory.Write(segment.Offset, segment.Data) {
			return errors.New("initial data lies outside the memory")
		}
	}
	for n, value := range i.clocks {
		instance.ExportedGlobal(rewrite.ClockName(n)).(api.MutableGlobal).Set(uint64(value))
	}
	for n, value := range i.globals {
		instance.ExportedGlobal(rewrite.GlobalName(n)).(api.MutableGlobal).Set(value)
	}
	return nil
}

// chunk is the grain in which a snapshot leaves out what is zero.
const chunk = 4 << 10

var zeros [chunk]byte

// snapshot takes the state of an instance, with its first n mutable globals.
func snapshot(instance api.Module, n int) (image, error) {
	memory := instance.Memory()
	content, inside := memory.Read(0, memory.Size())
	if !inside {
		return image{}, errors.New("reading the memory of an initialised guest")
	}
	i := image{pages: uint32(len(content) / bytesPerPage)}
	for from := 0; from < len(content); {
		if bytes.Equal(content[from:from+chunk], zeros[:]) {
			from += chunk
			continue
		}
		to := from + chunk
		for to < len(content) && !bytes.Equal(content[to:to+chunk], zeros[:]) {
			to += chunk
		}
		i.segments = append(i.segments, rewrite.Segment{Offset: uint32(from), Data: slices.Clone(content[from:to])})
		from = to
	}
	for g := range n {
		i.globals = append(i.globals, instance.ExportedGlobal(rewrite.GlobalName(g)).Get())
	}
	return i, nil
}

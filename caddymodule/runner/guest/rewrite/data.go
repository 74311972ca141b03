package rewrite

import (
	"errors"
	"fmt"
	"slices"

	"github.com/same-origin/devproxy/caddymodule/runner/guest/wasmbin"
)

// takeData moves the data segments from the module to the template. Passive
// segments, and offsets that are computed, need the module itself; such a
// module is refused, and no engine that builds components makes one.
func (s *splitter) takeData() error {
	data := s.find(sectionData)
	if data == nil {
		return nil
	}
	if s.find(sectionStart) != nil {
		return errors.New("module has a start function, which may need its data")
	}
	segments, err := readSegments(data.Content)
	if err != nil {
		return fmt.Errorf("reading module data: %w", err)
	}
	s.template.Segments = segments
	s.sections = slices.DeleteFunc(s.sections, func(s wasmbin.Section) bool {
		return s.ID == sectionData || s.ID == sectionDataCount
	})
	return nil
}

// readSegments copies what it reads: segments outlive the component's bytes.
func readSegments(data []byte) ([]Segment, error) {
	image := slices.Clone(data)
	r := wasmbin.NewReader(image)
	var segments []Segment
	for n := r.Count(); n > 0 && r.Err() == nil; n-- {
		if r.Uint32() != 0 || r.Byte() != opI32Const {
			return nil, errors.New("segment without a constant offset")
		}
		offset := uint32(r.Int64())
		if r.Byte() != opEnd {
			return nil, errors.New("segment with a computed offset")
		}
		segments = append(segments, Segment{Offset: offset, Data: r.Bytes(r.Uint32())})
	}
	return segments, r.Err()
}

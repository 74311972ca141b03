package rewrite

import (
	"strings"

	"github.com/same-origin/devproxy/caddymodule/runner/guest/wasmbin"
)

// readTable is nil when the module has no table that can be filled later.
func (s *splitter) readTable() *table {
	if s.find(sectionCode) == nil {
		return nil
	}
	t := &table{}
	for _, part := range []struct {
		section byte
		read    func(*wasmbin.Reader) bool
	}{
		{sectionTable, t.readSize},
		{sectionElement, func(r *wasmbin.Reader) bool { return t.readSegments(r, s.functions+s.defined) }},
		{sectionType, t.readParams},
		{sectionFunction, t.readTypes},
	} {
		section := s.find(part.section)
		if section == nil {
			return nil
		}
		r := wasmbin.NewReader(section.Content)
		if !part.read(r) || r.Err() != nil {
			return nil
		}
	}
	return t
}

// readSize accepts one table of functions.
func (t *table) readSize(r *wasmbin.Reader) bool {
	if r.Count() != 1 || r.Byte() != typeFuncref || r.Byte() > 1 {
		return false
	}
	size := r.Uint32()
	if size > mostEntries {
		return false
	}
	t.entries = make([]entry, size)
	return true
}

// readSegments accepts lists of functions at constant places, which the module
// has.
func (t *table) readSegments(r *wasmbin.Reader, functions uint32) bool {
	for n := r.Count(); n > 0; n-- {
		if r.Uint32() != 0 || r.Byte() != opI32Const {
			return false
		}
		at, end, count := r.Int64(), r.Byte(), r.Count()
		if size := int64(len(t.entries)); end != opEnd || at < 0 || at > size || int64(count) > size-at {
			return false
		}
		for i := range count {
			function := r.Uint32()
			if function >= functions {
				return false
			}
			t.entries[int(at)+i] = entry{function: function, made: true}
			t.declared = append(t.declared, function)
		}
	}
	return len(t.declared) > 0 && !r.More()
}

// readParams accepts types of functions.
func (t *table) readParams(r *wasmbin.Reader) bool {
	for n := r.Count(); n > 0; n-- {
		if r.Byte() != formFunction {
			return false
		}
		params, known := readValueTypes(r)
		if _, alsoKnown := readValueTypes(r); !known || !alsoKnown {
			return false
		}
		t.params = append(t.params, params)
	}
	return true
}

// readValueTypes counts a list of types.
func readValueTypes(r *wasmbin.Reader) (count uint32, known bool) {
	list := string(r.Bytes(r.Uint32()))
	return uint32(len(list)), strings.Trim(list, valueTypes) == ""
}

// readTypes accepts functions of those types.
func (t *table) readTypes(r *wasmbin.Reader) bool {
	for n := r.Count(); n > 0; n-- {
		index := r.Uint32()
		if uint64(index) >= uint64(len(t.params)) {
			return false
		}
		t.types = append(t.types, index)
	}
	return true
}

package rewrite

import (
	"fmt"

	"github.com/same-origin/devproxy/caddymodule/runner/guest/wasmbin"
)

// Pieces of global definitions and exports.
const (
	typeI32, typeI64 = 0x7f, 0x7e
	typeF64          = 0x7c // the last of the numbers
	mutable          = 0x01
	kindGlobal       = 0x03
	opI32Const       = 0x41
	opI64Const       = 0x42
	opEnd            = 0x0b
)

// countGlobals learns the index that the first added global will have.
func (s *splitter) countGlobals() error {
	if globals := s.find(sectionGlobal); globals != nil {
		r := wasmbin.NewReader(globals.Content)
		s.globals += uint32(r.Count())
		return r.Err()
	}
	return nil
}

// countFunctions learns how many functions the module has, and how many globals
// come before its own.
func (s *splitter) countFunctions() error {
	if functions := s.find(sectionFunction); functions != nil {
		r := wasmbin.NewReader(functions.Content)
		if s.defined = uint32(r.Count()); r.Err() != nil {
			return fmt.Errorf("reading module functions: %w", r.Err())
		}
	}
	if imports := s.find(sectionImport); imports != nil {
		if err := s.readImports(imports.Content); err != nil {
			return fmt.Errorf("reading module imports: %w", err)
		}
	}
	if s.options.TickFunction >= int(s.functions) {
		return fmt.Errorf("module imports %d functions, not the one to tick with, %d", s.functions, s.options.TickFunction)
	}
	return nil
}

func (s *splitter) readImports(imports []byte) error {
	r := wasmbin.NewReader(imports)
	for n := r.Count(); n > 0 && r.Err() == nil; n-- {
		r.Name()
		r.Name()
		switch kind := r.Byte(); kind {
		case 0:
			r.Uint32()
			s.functions++
		case kindGlobal:
			r.Skip(2)
			s.globals++
		default:
			r.Fail("import of kind %d is not supported", kind)
		}
	}
	return r.Err()
}

// clockGlobal and tickGlobal are where the added globals begin.
func (s *splitter) clockGlobal(i int) uint32 { return s.globals + 1 + uint32(i) }
func (s *splitter) tickGlobal() uint32       { return s.globals }

// addGlobals defines the tick counter, then the clocks. All start at fixed
// values: the template must not depend on the build.
func (s *splitter) addGlobals() error {
	added := []byte{typeI32, mutable, opI32Const}
	added = append(wasmbin.AppendInt64(added, TickEvery), opEnd)
	for range s.template.Clocks {
		added = append(added, typeI64, mutable, opI64Const, 0, opEnd)
	}
	return extend(s.insert(sectionGlobal), 1+len(s.template.Clocks), added)
}

// addExports makes the clocks, and if wanted the globals, settable from
// outside.
func (s *splitter) addExports() error {
	var added []byte
	for i := range s.template.Clocks {
		added = wasmbin.AppendName(added, ClockName(i))
		added = append(added, kindGlobal)
		added = wasmbin.AppendUint32(added, s.clockGlobal(i))
	}
	for i, global := range s.mutable {
		added = wasmbin.AppendName(added, GlobalName(i))
		added = append(added, kindGlobal)
		added = wasmbin.AppendUint32(added, global)
	}
	return extend(s.insert(sectionExport), len(s.template.Clocks)+len(s.mutable), added)
}

// extend appends n encoded elements to a vector section.
func extend(section *wasmbin.Section, n int, added []byte) error {
	r := wasmbin.NewReader(section.Content)
	count := r.Count()
	if r.Err() != nil {
		return fmt.Errorf("reading module section %d: %w", section.ID, r.Err())
	}
	content := wasmbin.AppendUint32(nil, uint32(count+n))
	content = append(content, section.Content[r.Offset():]...)
	section.Content = append(content, added...)
	return nil
}

package rewrite

import (
	"fmt"

	"github.com/same-origin/devproxy/caddymodule/runner/guest/wasmbin"
)

// GlobalName is the export name of the i-th mutable global.
func GlobalName(i int) string { return fmt.Sprintf("devproxy:global-%d", i) }

// Opcodes that constant expressions are made of, besides those used elsewhere.
const (
	opF32Const = 0x43
	opF64Const = 0x44
	opRefNull  = 0xd0
	opRefFunc  = 0xd2
)

// findMutable lists the indices of the mutable globals that the module
// defines, before any are added.
func (s *splitter) findMutable() error {
	section := s.find(sectionGlobal)
	if !s.options.ExportGlobals || section == nil {
		return nil
	}
	r := wasmbin.NewReader(section.Content)
	count := uint32(r.Count())
	first := s.globals - count // after the imported ones
	for i := range count {
		kind := r.Byte()
		if r.Byte() == mutable {
			if kind < typeF64 {
				r.Fail("mutable global of type %#x is not supported", kind) // it is no number of 64 bits
			}
			s.mutable = append(s.mutable, first+i)
		}
		skipConstant(r)
	}
	if r.Err() != nil {
		return fmt.Errorf("reading module globals: %w", r.Err())
	}
	s.template.Globals = len(s.mutable)
	return nil
}

// skipConstant passes over a constant expression.
func skipConstant(r *wasmbin.Reader) {
	for r.Err() == nil {
		switch op := r.Byte(); op {
		case opEnd:
			return
		case opI32Const, opI64Const:
			r.Int64()
		case opF32Const:
			r.Skip(4)
		case opF64Const:
			r.Skip(8)
		case opGlobalGet, opRefFunc:
			r.Uint32()
		case opRefNull:
			r.Byte()
		default:
			r.Fail("constant expression with opcode %#x is not supported", op)
		}
	}
}

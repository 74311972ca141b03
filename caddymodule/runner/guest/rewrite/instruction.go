package rewrite

import (
	"strings"

	"github.com/same-origin/devproxy/caddymodule/runner/guest/wasmbin"
)

// Opcodes that are looked for by name.
const (
	opLoop               = 0x03
	opCallIndirect       = 0x11
	opReturnCall         = 0x12
	opReturnCallIndirect = 0x13
	prefixMisc           = 0xfc
	prefixVector         = 0xfd
)

// function is what is looked for in the body of one.
type function struct {
	groups int    // of local variables, each of a type
	listed int    // the offset of the groups
	code   int    // the offset of the first instruction
	locals uint64 // in all groups
	sites  []site // in the order of their offsets
	loops  int
	calls  int  // through the table
	table  bool // it has other instructions for a table
}

// site is where code is put.
type site struct {
	at   int
	call bool // before a call through the table; else within a loop
}

// readFunction finds the offsets in a body right after each loop's opcode and
// block type, and right before each call through a table. It refuses functions
// and globals that the module does not have, but that what is added will be:
// the engine sees only the result, in which a guest could reset its own tick.
func (s *splitter) readFunction(body []byte) (function, error) {
	r := wasmbin.NewReader(body)
	f := function{groups: r.Count(), listed: r.Offset()}
	for n := f.groups; n > 0 && r.Err() == nil; n-- {
		f.locals += uint64(r.Uint32())
		skipValueType(r)
	}
	f.code = r.Offset()
	for r.More() {
		at := r.Offset()
		op := r.Byte()
		skipOperands(r, op)
		switch op {
		case opLoop:
			f.loops++
			f.sites = append(f.sites, site{at: r.Offset()})
		case opCallIndirect, opReturnCallIndirect:
			f.calls++
			f.sites = append(f.sites, site{at: at, call: true})
		case opTableGet, opTableSet:
			f.table = true
		case opGlobalGet, opGlobalSet:
			refuseFrom(r, body[at+1:], s.globals, "global")
		case opCall, opReturnCall, opRefFunc:
			refuseFrom(r, body[at+1:], s.functions+s.defined, "function")
		case prefixMisc:
			f.table = f.table || wasmbin.NewReader(body[at+1:]).Uint32() >= firstTable
		}
	}
	return f, r.Err()
}

// refuseFrom fails unless operand is an index below end.
func refuseFrom(r *wasmbin.Reader, operand []byte, end uint32, what string) {
	if index := wasmbin.NewReader(operand).Uint32(); index >= end {
		r.Fail("%s %d of %d does not exist", what, index, end)
	}
}

// valueTypes are those of one byte, which is all but references to types that
// a module defines.
const valueTypes = "\x7f\x7e\x7d\x7c\x7b\x70\x6f"

func skipValueType(r *wasmbin.Reader) {
	if t := r.Byte(); strings.IndexByte(valueTypes, t) < 0 {
		r.Fail("value type %#x is not supported", t)
	}
}

// firstTable is the first of the instructions for tables that follow a prefix:
// table.init.
const firstTable = 12

// skipOperands passes over what follows an opcode.
func skipOperands(r *wasmbin.Reader, op byte) {
	switch op {
	case prefixMisc:
		skipMisc(r)
	case prefixVector:
		skipVector(r)
	default:
		skipShape(r, op, shapes[op])
	}
}

// shape says what follows an opcode.
type shape byte

const (
	unknown shape = iota
	nothing
	oneNumber
	twoNumbers // a memory argument is two numbers, too
	fourBytes
	eightBytes
	labels // of br_table
	types  // of a typed select
	block  // the type of one
)

// shapes of the one-byte opcodes; what is missing is unknown. Signed and
// unsigned numbers are alike to skip.
var shapes = func() (table [256]shape) {
	set := func(s shape, from, to int) {
		for op := from; op <= to; op++ {
			table[op] = s
		}
	}
	set(nothing, 0x00, 0x01)    // unreachable, nop
	set(block, 0x02, 0x04)      // block, loop, if
	set(nothing, 0x05, 0x05)    // else
	set(nothing, 0x0b, 0x0b)    // end
	set(oneNumber, 0x0c, 0x0d)  // br, br_if
	set(labels, 0x0e, 0x0e)     // br_table
	set(nothing, 0x0f, 0x0f)    // return
	set(oneNumber, 0x10, 0x10)  // call
	set(twoNumbers, 0x11, 0x11) // call_indirect
	set(oneNumber, 0x12, 0x12)  // return_call
	set(twoNumbers, 0x13, 0x13) // return_call_indirect
	set(nothing, 0x1a, 0x1b)    // drop, select
	set(types, 0x1c, 0x1c)      // select of a type
	set(oneNumber, 0x20, 0x26)  // locals, globals, tables
	set(twoNumbers, 0x28, 0x3e) // loads, stores
	set(oneNumber, 0x3f, 0x42)  // memory.size, memory.grow, integer constants
	set(fourBytes, 0x43, 0x43)  // f32.const
	set(eightBytes, 0x44, 0x44) // f64.const
	set(nothing, 0x45, 0xc4)    // arithmetic
	set(oneNumber, 0xd0, 0xd0)  // ref.null
	set(nothing, 0xd1, 0xd1)    // ref.is_null
	set(oneNumber, 0xd2, 0xd2)  // ref.func
	return table
}()

func skipShape(r *wasmbin.Reader, op byte, s shape) {
	switch s {
	case nothing:
	case oneNumber:
		skipNumber(r)
	case twoNumbers:
		skipNumber(r)
		skipNumber(r)
	case fourBytes:
		r.Skip(4)
	case eightBytes:
		r.Skip(8)
	case labels:
		for n := r.Count(); n >= 0 && r.Err() == nil; n-- { // one more: the default
			skipNumber(r)
		}
	case types:
		for n := r.Count(); n > 0 && r.Err() == nil; n-- {
			skipValueType(r)
		}
	case block:
		if t := r.Int64(); t == nullable || t == notNull {
			r.Fail("block of a reference to a type is not supported")
		}
	default:
		r.Fail("instruction %#x is not supported", op)
	}
}

// Block types that are followed by another number.
const (
	nullable = 0x63 - 0x80
	notNull  = 0x64 - 0x80
)

// skipNumber passes over a LEB128 number of up to 64 bits.
func skipNumber(r *wasmbin.Reader) { r.Int64() }

// skipMisc passes over saturating conversions, bulk memory and tables.
func skipMisc(r *wasmbin.Reader) {
	switch op := r.Uint32(); {
	case op <= 7: // conversions
	case op == 8 || op == 9: // memory.init, data.drop
		r.Fail("instruction uses a passive data segment")
	case op == 10 || op == 12 || op == 14: // memory.copy, table.init, table.copy
		skipShape(r, prefixMisc, twoNumbers)
	case op <= 17: // memory.fill, elem.drop, table.grow, table.size, table.fill
		skipNumber(r)
	default:
		r.Fail("instruction 0xfc %d is not supported", op)
	}
}

// skipVector passes over SIMD instructions. wazero takes the first byte of their
// number, and the second for an instruction that does nothing, which it is in the
// shortest form of the numbers from 128 to 255: no other is safe to read.
func skipVector(r *wasmbin.Reader) {
	op := r.Byte()
	if op >= 0x80 && r.Byte() != 0x01 {
		r.Fail("instruction 0xfd %#x is not supported", op)
		return
	}
	switch {
	case op <= 11 || op == 92 || op == 93: // loads and stores
		skipShape(r, prefixVector, twoNumbers)
	case op == 12 || op == 13: // constants, shuffle
		r.Skip(16)
	case op >= 21 && op <= 34: // lanes
		r.Byte()
	case op >= 84 && op <= 91: // loads and stores of lanes
		skipShape(r, prefixVector, twoNumbers)
		r.Byte()
	}
}

package rewrite

import (
	"errors"

	"github.com/same-origin/devproxy/caddymodule/runner/guest/wasmbin"
)

// A JavaScript engine has a table of seven thousand functions, of which a call
// of a handler needs a few hundred. Every instance has its own, and to fill it
// takes as long as many a handler: so it begins empty, and an entry is made when
// it is first called through. Only the table's own instructions could tell: a
// module that has some keeps its table, as one does whose table is not as
// engines have it.

// table is one that is filled later.
type table struct {
	entries  []entry
	declared []uint32 // the functions of all segments
	params   []uint32 // how many, by type
	types    []uint32 // of the functions that the module defines
	maker    uint32   // the function that makes the entry of its parameter
}

// entry of a table; the zero value is empty.
type entry struct {
	function uint32
	made     bool
}

// errTable says that the code sees its table, or has no room for the check.
var errTable = errors.New("the table cannot be filled later")

const (
	mostEntries = 1 << 16 // for which code is written
	mostLocals  = 1 << 14 // of a function that gets one more
)

// deferTable finds out whether the table can be filled later. If it cannot, or
// is malformed, it is the engine's, as it is.
func (s *splitter) deferTable() error {
	if s.keepTable || s.options.TickFunction < 0 { // the latter leaves the code alone
		return nil
	}
	if t := s.readTable(); t != nil {
		t.maker = s.functions + s.defined
		s.table, s.template.Entries = t, len(t.declared)
	}
	return nil
}

// Opcodes of the check before a call, and of what makes entries.
const (
	opBlock      = 0x02
	opBr         = 0x0c
	opBrTable    = 0x0e
	opReturn     = 0x0f
	opLocalTee   = 0x22
	opTableGet   = 0x25
	opTableSet   = 0x26
	opI32And     = 0x71
	opI32ShrU    = 0x76
	opRefIsNull  = 0xd1
	typeFuncref  = 0x70
	formFunction = 0x60
)

// check has the entry made that is called through next, whose place is on the
// stack. local is one that nothing else uses.
func (t *table) check(local uint32) []byte {
	b := wasmbin.AppendUint32([]byte{opLocalTee}, local)
	b = wasmbin.AppendUint32(append(b, opLocalGet), local)
	b = append(b, opTableGet, 0, opRefIsNull, opIf, blockEmpty)
	b = wasmbin.AppendUint32(append(b, opLocalGet), local)
	b = wasmbin.AppendUint32(append(b, opCall), t.maker)
	return append(b, opEnd)
}

// Entries are made by groups: one function of thousands of branches would take
// long to compile.
const (
	groupBits = 6
	groupSize = 1 << groupBits
)

// makers are the bodies of the functions that make the entry of their
// parameter: one that leaves it to that of its group, and one for each group.
func (t *table) makers() [][]byte {
	var groups [][]byte
	for from := 0; from < len(t.entries); from += groupSize {
		groups = append(groups, makeOf(t.entries[from:min(from+groupSize, len(t.entries))]))
	}
	b, labels := []byte{0}, make([]uint32, len(groups))
	for g := range labels {
		labels[g] = uint32(g)
	}
	b = branches(b, []byte{opI32Const, groupBits, opI32ShrU}, labels, uint32(len(groups)))
	for g := range groups {
		b = append(b, opEnd, opLocalGet, 0, opCall)
		b = append(wasmbin.AppendUint32(b, t.maker+1+uint32(g)), opReturn)
	}
	return append([][]byte{append(b, opEnd, opEnd)}, groups...)
}

// makeOf is the body that makes one of a group's entries.
func makeOf(group []entry) []byte {
	var functions, labels []uint32
	for _, e := range group {
		if e.made {
			functions = append(functions, e.function)
		}
	}
	targets, made := uint32(len(functions)), uint32(0)
	for _, e := range group {
		label := targets // what is empty stays so
		if e.made {
			label, made = made, made+1
		}
		labels = append(labels, label)
	}
	b := []byte{0, opLocalGet, 0, opBlock, typeFuncref}
	b = branches(b, []byte{opI32Const, groupSize - 1, opI32And}, labels, targets)
	for i, function := range functions {
		b = wasmbin.AppendUint32(append(b, opEnd, opRefFunc), function)
		b = wasmbin.AppendUint32(append(b, opBr), targets-uint32(i))
	}
	return append(b, opEnd, opRefNull, typeFuncref, opEnd, opTableSet, 0, opEnd)
}

// branches begins a block for each target and one for what has no label, and
// branches from within to the end of that which labels give for the value that
// code makes of the parameter.
func branches(b, code []byte, labels []uint32, targets uint32) []byte {
	for range targets + 1 {
		b = append(b, opBlock, blockEmpty)
	}
	b = append(append(b, opLocalGet, 0), code...)
	b = wasmbin.AppendUint32(append(b, opBrTable), uint32(len(labels)))
	for _, label := range labels {
		b = wasmbin.AppendUint32(b, label)
	}
	return wasmbin.AppendUint32(b, targets)
}

// addMakers adds what makes entries, in place of what filled the table.
func (s *splitter) addMakers() error {
	if s.table == nil {
		return nil
	}
	place := []byte{formFunction, 1, typeI32, 0}
	if err := extend(s.find(sectionType), 1, place); err != nil {
		return err
	}
	makers := s.table.makers()
	var types, code []byte
	for _, body := range makers {
		types = wasmbin.AppendUint32(types, uint32(len(s.table.params)))
		code = append(wasmbin.AppendUint32(code, uint32(len(body))), body...)
	}
	if err := errors.Join(extend(s.find(sectionFunction), len(makers), types), extend(s.find(sectionCode), len(makers), code)); err != nil {
		return err
	}
	declared := wasmbin.AppendUint32([]byte{1, declarative, 0}, uint32(len(s.table.declared)))
	for _, function := range s.table.declared {
		declared = wasmbin.AppendUint32(declared, function)
	}
	s.find(sectionElement).Content = declared
	return nil
}

// declarative is the kind of a segment of elements that fills nothing: it lists
// functions that code may refer to.
const declarative = 3

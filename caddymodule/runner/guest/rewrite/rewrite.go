// Package rewrite prepares a core module for the guest engine. It takes out
// what changes from build to build, so that edits and other extensions share
// one compiled template, and makes loops yield, so that a busy guest can be
// stopped and does not stop the process around it.
//
// Package guest calls it when it loads a component; it calls wasmbin.
package rewrite

import (
	"errors"
	"fmt"
	"slices"

	"github.com/same-origin/devproxy/caddymodule/runner/guest/wasmbin"
)

// Options say what a module's loops call.
type Options struct {
	// TickFunction is the index of an imported function of type
	// (i32, i32) -> () that every TickEvery-th turn of a loop calls with
	// TickSentinel twice. Negative leaves the loops alone.
	TickFunction int
	// ExportGlobals makes the module's mutable globals readable and settable
	// under the names that GlobalName gives, so that the state of an instance
	// can be taken and given to another.
	ExportGlobals bool
}

const (
	// TickEvery is how many turns of loops lie between ticks: about 20 µs of
	// tight machine code, and too few calls to cost more than a few percent.
	TickEvery = 4096

	// TickSentinel is both arguments of a tick. As a string it would end
	// beyond any memory, so no real call has it.
	TickSentinel = 0xffffffff
)

// Template is a rewritten module and what was taken out of it.
type Template struct {
	Module []byte // without data, the same for every build of one engine
	// Segments go to memory before the first call.
	Segments []Segment
	// Clocks are the values of the globals that ClockName names: the build
	// times that stubbed clocks return.
	Clocks []int64
	// Loops is how many loops tick.
	Loops int
	// Globals is how many mutable globals are exported.
	Globals int
	// Entries is how many entries of the table are made when they are needed.
	Entries int
}

// Segment is a piece of initial memory.
type Segment struct {
	Offset uint32
	Data   []byte
}

// ClockName is the export name of the i-th clock's global.
func ClockName(i int) string { return fmt.Sprintf("devproxy:clock-%d", i) }

// Split rewrites a core module. An error means that the module is malformed
// or uses what the rewriter does not know; it may still run as it is.
func Split(module []byte, options Options) (*Template, error) {
	sections, err := wasmbin.Sections(module)
	if err != nil {
		return nil, fmt.Errorf("reading module sections: %w", err)
	}
	template, err := split(&splitter{options: options, sections: slices.Clone(sections)})
	if errors.Is(err, errTable) {
		return split(&splitter{options: options, sections: sections, keepTable: true})
	}
	return template, err
}

func split(s *splitter) (*Template, error) {
	for _, step := range []func() error{s.countFunctions, s.countGlobals, s.findMutable, s.takeData, s.deferTable, s.rewriteCode, s.addMakers, s.addGlobals, s.addExports} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	s.template.Module = s.assemble()
	return &s.template, nil
}

// splitter carries a module through the steps.
type splitter struct {
	options   Options
	sections  []wasmbin.Section
	functions uint32 // how many functions the module imports
	defined   uint32 // how many it has of its own
	globals   uint32 // how many globals the module had
	mutable   []uint32
	keepTable bool   // it is not filled later
	table     *table // nil: the module's is as it was
	template  Template
}

// Ids of core sections.
const (
	sectionCustom    = 0
	sectionType      = 1
	sectionImport    = 2
	sectionFunction  = 3
	sectionTable     = 4
	sectionGlobal    = 6
	sectionExport    = 7
	sectionStart     = 8
	sectionElement   = 9
	sectionCode      = 10
	sectionData      = 11
	sectionDataCount = 12
)

// find returns a section's content and its place; nil when there is none.
func (s *splitter) find(id byte) *wasmbin.Section {
	i := slices.IndexFunc(s.sections, func(s wasmbin.Section) bool { return s.ID == id })
	if i < 0 {
		return nil
	}
	return &s.sections[i]
}

// insert adds an empty vector section where the order of sections wants it.
// Only global and export sections are ever inserted, and all ids above theirs
// come later, but for the tag section (13), which precedes globals.
func (s *splitter) insert(id byte) *wasmbin.Section {
	if section := s.find(id); section != nil {
		return section
	}
	at := slices.IndexFunc(s.sections, func(s wasmbin.Section) bool { return s.ID > id && s.ID != 13 })
	if at < 0 {
		at = len(s.sections)
	}
	s.sections = slices.Insert(s.sections, at, wasmbin.Section{ID: id, Content: []byte{0}})
	return &s.sections[at]
}

// assemble writes the module without custom sections, except names, which
// make stack traces readable.
func (s *splitter) assemble() []byte {
	size := 8
	for _, section := range s.sections {
		size += len(section.Content) + 6
	}
	out := wasmbin.AppendModuleHeader(make([]byte, 0, size))
	for _, section := range s.sections {
		if section.ID != sectionCustom || wasmbin.NewReader(section.Content).Name() == "name" {
			out = wasmbin.AppendSection(out, section)
		}
	}
	return out
}

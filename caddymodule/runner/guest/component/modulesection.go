package component

import (
	"github.com/same-origin/devproxy/caddymodule/runner/guest/abi"
	"github.com/same-origin/devproxy/caddymodule/runner/guest/wasmbin"
)

// moduleParser holds what later sections of a core module refer to.
type moduleParser struct {
	module    Module
	types     []abi.Signature
	functions []abi.Signature // imported ones first
}

// Ids of core sections.
const (
	coreType     = 1
	coreImport   = 2
	coreFunction = 3
	coreMemory   = 5
	coreExport   = 7
)

func (p *moduleParser) section(id byte, r *wasmbin.Reader) error {
	read := map[byte]func(*wasmbin.Reader){
		coreType:     p.functionType,
		coreImport:   p.importEntry,
		coreFunction: func(r *wasmbin.Reader) { p.functions = append(p.functions, p.typeAt(r, r.Uint32())) },
		coreMemory:   func(r *wasmbin.Reader) { p.module.MemoryPages = limits(r) },
		coreExport:   p.export,
	}[id]
	if read == nil {
		return nil
	}
	for n := r.Count(); n > 0 && r.Err() == nil; n-- {
		read(r)
	}
	return r.Err()
}

func (p *moduleParser) functionType(r *wasmbin.Reader) {
	if r.Byte() != 0x60 {
		r.Fail("core type that is not a function")
	}
	p.types = append(p.types, abi.Signature{Params: valueTypes(r), Results: valueTypes(r)})
}

func valueTypes(r *wasmbin.Reader) []abi.ValueType {
	return many(r, func(r *wasmbin.Reader) abi.ValueType { return abi.ValueType(r.Byte()) })
}

func (p *moduleParser) typeAt(r *wasmbin.Reader, index uint32) abi.Signature {
	if uint64(index) >= uint64(len(p.types)) {
		r.Fail("core type %d of %d does not exist", index, len(p.types))
		return abi.Signature{}
	}
	return p.types[index]
}

func (p *moduleParser) importEntry(r *wasmbin.Reader) {
	entry := CoreImport{Module: r.Name(), Name: r.Name()}
	if kind := r.Byte(); kind != 0 {
		p.module.NeedsLinker = true
		skipCoreImport(r, kind)
		return
	}
	entry.Signature = p.typeAt(r, r.Uint32())
	p.module.Imports = append(p.module.Imports, entry)
	p.functions = append(p.functions, entry.Signature)
}

// skipCoreImport passes over the types of tables, memories and globals, which
// wit-component's own shim modules import.
func skipCoreImport(r *wasmbin.Reader, kind byte) {
	switch kind {
	case 1:
		r.Byte()
		limits(r)
	case 2:
		limits(r)
	case 3:
		r.Skip(2)
	default:
		r.Fail("core import of kind %d is not supported", kind)
	}
}

// limits reads the bounds of a table or memory and returns the lower one.
func limits(r *wasmbin.Reader) uint32 {
	flags := r.Byte()
	low := r.Uint32()
	if flags&1 == 1 {
		r.Uint32()
	}
	return low
}

func (p *moduleParser) export(r *wasmbin.Reader) {
	name, kind, index := r.Name(), r.Byte(), r.Uint32()
	if kind != 0 || r.Err() != nil {
		return
	}
	if uint64(index) >= uint64(len(p.functions)) {
		r.Fail("core function %d of %d does not exist", index, len(p.functions))
		return
	}
	p.module.Exports[name] = p.functions[index]
}

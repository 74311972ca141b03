package component

import (
	"testing"

	"github.com/same-origin/devproxy/caddymodule/runner/guest/guesttest"
	"github.com/same-origin/devproxy/caddymodule/runner/guest/wasmbin"
)

// outline is a component without its core modules, whose code and data would
// only slow the fuzzer down.
func outline(f *testing.F, name string) []byte {
	sections, err := wasmbin.Sections(guesttest.Component(f, name))
	if err != nil {
		f.Fatal(err)
	}
	small := []byte("\x00asm\x0d\x00\x01\x00")
	for _, section := range sections {
		if section.ID != sectionCoreModule && section.ID != 0 {
			small = wasmbin.AppendSection(small, section)
		}
	}
	return small
}

func FuzzParse(f *testing.F) {
	for _, name := range []string{"hosts", "newer", "shapes", "wasi"} {
		f.Add(outline(f, name))
	}
	f.Add([]byte("\x00asm\x0d\x00\x01\x00"))
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := Parse(b)
		if err != nil {
			return
		}
		for name, function := range c.Imports {
			if function.ImportSignature().String() == "" {
				t.Fatalf("%v has no signature", name)
			}
		}
	})
}

func FuzzModule(f *testing.F) {
	f.Add([]byte("\x00asm\x01\x00\x00\x00" +
		"\x01\x04\x01\x60\x00\x00" + // a type () -> ()
		"\x02\x07\x01\x01m\x01f\x00\x00" + // an import m.f
		"\x03\x02\x01\x00" + "\x05\x03\x01\x00\x02" + // a function, a memory
		"\x07\x0b\x01\x07handler\x00\x01" + // an export
		"\x0a\x04\x01\x02\x00\x0b"))
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := parseModule(b)
		if err == nil && m == nil {
			t.Fatal("neither module nor error")
		}
	})
}

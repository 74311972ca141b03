package component

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/caddymodule/runner/guest/abi"
	"github.com/same-origin/devproxy/caddymodule/runner/guest/guesttest"
	"github.com/same-origin/devproxy/caddymodule/runner/guest/wasmbin"
)

// worldModule is a core module whose custom section is the type of a built
// component, as componentize-js leaves it for the linker: a package type that
// exports the world's type.
func worldModule(t *testing.T, name string, world []byte) []byte {
	t.Helper()
	content := append(wasmbin.AppendName(nil, name), world...)
	return wasmbin.AppendSection(wasmbin.AppendModuleHeader(nil), wasmbin.Section{Content: content})
}

// smallWorld is the world
//
//	import a:b/c { enum code { no }; get: func(key: string) -> result<string, code> }
//	import ping: func();
//	export handler: func(request: code) -> u16;
func smallWorld() []byte {
	iface := "\x42\x05" + // an instance type of five declarations
		"\x01\x6d\x01\x02no" + // type 0: enum
		"\x04\x00\x04code\x03\x00\x00" + // export it: type 1
		"\x01\x6a\x01\x73\x01\x01" + // type 2: result<string, code>
		"\x01\x40\x01\x03key\x73\x00\x02" + // type 3: func
		"\x04\x00\x03get\x01\x03"
	world := "\x41\x07" +
		"\x01" + iface + // type 0
		"\x03\x00\x05a:b/c\x05\x00" + // import instance 0
		"\x02\x03\x00\x00\x04code" + // alias its type: type 1
		"\x01\x40\x00\x01\x00" + // type 2: func()
		"\x03\x00\x04ping\x01\x02" +
		"\x01\x40\x01\x07request\x01\x00\x7b" + // type 3: func(code) -> u16
		"\x04\x00\x07handler\x01\x03"
	pkg := "\x41\x02\x01" + world + "\x04\x00\x05a:b/w\x04\x00"
	return wasmbin.AppendSection([]byte("\x00asm\x0d\x00\x01\x00"), wasmbin.Section{ID: sectionType, Content: []byte("\x01" + pkg)})
}

func TestTheWorldOfACoreModuleIsRead(t *testing.T) {
	c, err := ParseCore(worldModule(t, "component-type:engine", smallWorld()))
	require.NoError(t, err)
	get := c.Imports[Name{Interface: "a:b/c", Function: "get"}]
	require.NotNil(t, get)
	assert.Equal(t, []string{"no"}, get.ErrorCases())
	assert.Contains(t, c.Imports, Name{Interface: Root, Function: "ping"})
	require.Contains(t, c.Exports, "handler")
	assert.Equal(t, abi.Enum, c.Exports["handler"].Params()[0].Kind, "a type that comes from an imported interface")
	assert.Len(t, c.Modules, 1)
}

func TestAModuleWithoutAWorldIsAnError(t *testing.T) {
	cases := map[string][]byte{
		"no such section": worldModule(t, "producers", smallWorld()),
		"not a component": worldModule(t, "component-type", []byte("\x00asm\x01\x00\x00\x00")),
		"an empty one":    worldModule(t, "component-type", []byte("\x00asm\x0d\x00\x01\x00")),
		"a component":     guesttest.Component(t, "bare"),
		"nothing":         nil,
	}
	for name, module := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := ParseCore(module)
			assert.Error(t, err)
		})
	}
	whole := smallWorld()
	for length := range len(whole) {
		_, err := ParseCore(worldModule(t, "component-type", bytes.Clone(whole[:length])))
		assert.Error(t, err, "%d bytes", length)
	}
}

package rewrite

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/tetratelabs/wazero/api"
)

// globals has a mutable i32, a constant one and a mutable f64, and imports
// what counting does.
var globals = moduleOf(
	section(1, "\x60\x02\x7f\x7f\x00"),
	section(2, "\x04host\x04tick\x00\x00"),
	section(5, "\x00\x01"),
	section(6, "\x7f\x01\x41\x07\x0b", "\x7f\x00\x41\x08\x0b", "\x7c\x01\x44\x00\x00\x00\x00\x00\x00\xf0\x3f\x0b"),
)

func TestMutableGlobalsCanBeReadAndSet(t *testing.T) {
	template, err := Split(globals, Options{TickFunction: 0, ExportGlobals: true})
	require.NoError(t, err)
	require.Equal(t, 2, template.Globals)
	instance := instantiate(t, template, func() {})
	first, second := instance.ExportedGlobal(GlobalName(0)), instance.ExportedGlobal(GlobalName(1))
	assert.Equal(t, uint64(7), first.Get())
	assert.InDelta(t, 1.0, api.DecodeF64(second.Get()), 0)
	first.(api.MutableGlobal).Set(9)
	assert.Equal(t, uint64(9), first.Get())
}

func TestGlobalsStayInsideUnlessWanted(t *testing.T) {
	template, err := Split(globals, Options{TickFunction: 0})
	require.NoError(t, err)
	assert.Zero(t, template.Globals)
	assert.Nil(t, instantiate(t, template, func() {}).ExportedGlobal(GlobalName(0)))
}

func TestAGlobalThatCannotBeReadIsAnError(t *testing.T) {
	_, err := Split(moduleOf(section(6, "\x7f\x01\xfb\x0b")), Options{TickFunction: -1, ExportGlobals: true})
	require.ErrorContains(t, err, "constant expression with opcode 0xfb")
}

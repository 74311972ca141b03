package rewrite

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"

	"github.com/same-origin/devproxy/caddymodule/runner/guest/component"
	"github.com/same-origin/devproxy/caddymodule/runner/guest/guesttest"
	"github.com/same-origin/devproxy/caddymodule/runner/guest/wasmbin"
)

// counting imports tick(i32, i32), has a memory with the byte 42 at 8, and
// exports three functions: count(n) loops n times and returns n; clock()
// returns a time in nanoseconds; peek() returns the byte at 8.
var counting = moduleOf(
	section(1, "\x60\x02\x7f\x7f\x00", "\x60\x01\x7f\x01\x7f", "\x60\x00\x01\x7e"),
	section(2, "\x04host\x04tick\x00\x00"),
	section(3, "\x01", "\x02", "\x02"),
	section(5, "\x00\x01"),
	section(7, "\x05count\x00\x01", "\x05clock\x00\x02", "\x04peek\x00\x03"),
	section(10,
		body("\x01\x01\x7f"+"\x03\x40"+"\x20\x01\x41\x01\x6a\x22\x01\x20\x00\x49\x0d\x00"+"\x0b"+"\x20\x01\x0b"),
		body("\x00\x42"+string(wasmbin.AppendInt64(nil, buildTime))+"\x0b"),
		body("\x00\x41\x00\x31\x00\x08\x0b"),
	),
	section(11, "\x00\x41\x08\x0b\x01\x2a"),
)

const buildTime = 1_700_000_000_000_000_000

func moduleOf(sections ...wasmbin.Section) []byte {
	module := wasmbin.AppendModuleHeader(nil)
	for _, s := range sections {
		module = wasmbin.AppendSection(module, s)
	}
	return module
}

func section(id byte, entries ...string) wasmbin.Section {
	content := wasmbin.AppendUint32(nil, uint32(len(entries)))
	return wasmbin.Section{ID: id, Content: append(content, strings.Join(entries, "")...)}
}

func body(code string) string { return string(wasmbin.AppendName(nil, code)) }

func instantiate(t *testing.T, template *Template, tick func()) api.Module {
	t.Helper()
	ctx := context.Background()
	runtime := wazero.NewRuntimeWithConfig(ctx, wazero.NewRuntimeConfigInterpreter())
	t.Cleanup(func() { require.NoError(t, runtime.Close(ctx)) })
	_, err := runtime.NewHostModuleBuilder("host").NewFunctionBuilder().WithFunc(func(a, b uint32) {
		assert.Equal(t, []uint32{TickSentinel, TickSentinel}, []uint32{a, b})
		tick()
	}).Export("tick").Instantiate(ctx)
	require.NoError(t, err)
	module, err := runtime.Instantiate(ctx, template.Module)
	require.NoError(t, err)
	return module
}

func call(t *testing.T, module api.Module, name string, params ...uint64) uint64 {
	t.Helper()
	results, err := module.ExportedFunction(name).Call(context.Background(), params...)
	require.NoError(t, err)
	return results[0]
}

func TestARewrittenModuleCountsAsBeforeAndTicks(t *testing.T) {
	template, err := Split(counting, Options{TickFunction: 0})
	require.NoError(t, err)
	assert.Equal(t, 1, template.Loops)
	ticks := 0
	module := instantiate(t, template, func() { ticks++ })
	assert.Equal(t, uint64(10*TickEvery), call(t, module, "count", 10*TickEvery))
	assert.Equal(t, 10, ticks)
}

func TestWithoutATickFunctionLoopsAreLeftAlone(t *testing.T) {
	template, err := Split(counting, Options{TickFunction: -1})
	require.NoError(t, err)
	module := instantiate(t, template, func() { t.Error("tick") })
	assert.Equal(t, uint64(10*TickEvery), call(t, module, "count", 10*TickEvery))
}

func TestDataAndClocksMoveToTheTemplate(t *testing.T) {
	template, err := Split(counting, Options{TickFunction: 0})
	require.NoError(t, err)
	assert.Equal(t, []Segment{{Offset: 8, Data: []byte{42}}}, template.Segments)
	assert.Equal(t, []int64{buildTime}, template.Clocks)

	module := instantiate(t, template, func() {})
	assert.Zero(t, call(t, module, "peek"))
	assert.Zero(t, call(t, module, "clock"))
	module.ExportedGlobal(ClockName(0)).(api.MutableGlobal).Set(uint64(buildTime))
	assert.Equal(t, uint64(buildTime), call(t, module, "clock"))
}

func TestTwoBuildsOfOneEngineShareATemplate(t *testing.T) {
	var templates []*Template
	for _, name := range []string{"limits", "hosts"} {
		c, err := component.Parse(guesttest.Component(t, name))
		require.NoError(t, err)
		main, err := c.Main("handler")
		require.NoError(t, err)
		template, err := Split(main.Bytes, Options{TickFunction: 8})
		require.NoError(t, err)
		templates = append(templates, template)
	}
	assert.Equal(t, templates[0].Module, templates[1].Module)
	assert.NotEqual(t, templates[0].Clocks, templates[1].Clocks)
	assert.Greater(t, templates[0].Loops, 5000)
	assert.Greater(t, templates[0].Entries, 7000)
	t.Logf("%d loops, clocks %v", templates[0].Loops, templates[0].Clocks)
}

func TestPassiveDataIsRefused(t *testing.T) {
	_, err := Split(moduleOf(section(11, "\x01\x01\x2a")), Options{TickFunction: -1})
	assert.ErrorContains(t, err, "constant offset")
}

func FuzzSplit(f *testing.F) {
	f.Add(counting)
	f.Add(moduleOf())
	f.Fuzz(func(t *testing.T, module []byte) {
		template, err := Split(module, Options{TickFunction: 0})
		if err != nil {
			return
		}
		if _, err := Split(template.Module, Options{TickFunction: 0}); err != nil {
			t.Fatalf("the result does not read again: %v", err)
		}
	})
}

package guest_test

import (
	"bytes"
	"context"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/caddymodule/runner/guest"
	"github.com/same-origin/devproxy/caddymodule/runner/guest/guesttest"
	"github.com/same-origin/devproxy/caddymodule/runner/guest/wasmbin"
)

const componentHead = "\x00asm\x0d\x00\x01\x00"

// nested is a component within a component, depth times.
func nested(depth int) string {
	inner := componentHead
	for range depth {
		inner = componentHead + "\x04" + string(wasmbin.AppendUint32(nil, uint32(len(inner)))) + inner
	}
	return inner
}

func TestAbuse_components_that_lie_are_refused_in_bounded_memory(t *testing.T) {
	whole := guesttest.Component(t, "limits")
	huge := "\xff\xff\xff\xff\x0f"
	cases := map[string]string{
		"a section of 4 GiB":                 componentHead + "\x01" + huge,
		"a core module of 4 GiB":             componentHead + "\x01" + huge + "\x00asm",
		"a name of 4 GiB":                    componentHead + "\x00\x06" + huge + "x",
		"4 billion types":                    componentHead + "\x07\x05" + huge,
		"4 billion imports":                  componentHead + "\x0a\x05" + huge,
		"4 billion exports":                  componentHead + "\x0b\x05" + huge,
		"4 billion aliases":                  componentHead + "\x06\x05" + huge,
		"4 billion instances":                componentHead + "\x05\x05" + huge,
		"4 billion canons":                   componentHead + "\x08\x05" + huge,
		"a record of 4 billion fields":       componentHead + "\x07\x07\x01\x72" + huge,
		"a tuple of 4 billion":               componentHead + "\x07\x07\x01\x6f" + huge,
		"a number that does not end":         componentHead + "\x01" + strings.Repeat("\xff", 64),
		"an unknown section":                 componentHead + "\x63\x00",
		"components nested 10 000 deep":      nested(10_000),
		"types nested 100 000 deep":          componentHead + "\x07" + string(wasmbin.AppendName(nil, "\x01"+strings.Repeat("\x41\x01\x01", 100_000))),
		"instance types nested 100 000 deep": componentHead + "\x07" + string(wasmbin.AppendName(nil, "\x01"+strings.Repeat("\x42\x01\x01", 100_000))),
		"the version of tomorrow":            "\x00asm\x0e\x00\x01\x00",
		"only the magic":                     "\x00asm",
		"a core module":                      "\x00asm\x01\x00\x00\x00",
		"a core module with a start":         "\x00asm\x01\x00\x00\x00\x01\x04\x01\x60\x00\x00\x03\x02\x01\x00\x08\x01\x00\x0a\x09\x01\x07\x00\x03\x40\x0c\x00\x0b\x0b",
		"a start that loops, wrapped":        componentHead + "\x01" + string(wasmbin.AppendName(nil, "\x00asm\x01\x00\x00\x00\x01\x04\x01\x60\x00\x00\x03\x02\x01\x00\x08\x01\x00\x0a\x09\x01\x07\x00\x03\x40\x0c\x00\x0b\x0b")),
	}
	for _, at := range []int{9, 64, 512, 4096, len(whole) / 3, len(whole) - 1} {
		cases["cut at "+strings.Repeat("i", at%7)+string(rune('a'+at%26))] = string(whole[:at])
	}
	engine := newEngine(t)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for name, content := range cases {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		_, err := engine.Load(ctx, []byte(content))
		cancel()
		var unsupported *guest.UnsupportedError
		require.ErrorAs(t, err, &unsupported, name)
		assert.Less(t, len(err.Error()), 4096, name)
	}
	runtime.ReadMemStats(&after)
	assert.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(1<<30), "what they declare is not made room for")
	program, err := engine.Load(t.Context(), bytes.Clone(whole))
	require.NoError(t, err)
	_, err = program.Run(t.Context(), get("/echo"), silent, limits)
	require.NoError(t, err, "the next one runs")
	t.Logf("%d components", len(cases))
}

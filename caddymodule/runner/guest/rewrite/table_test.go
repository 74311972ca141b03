package rewrite

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/tetratelabs/wazero/api"
)

// tabled has a table of size places with functions from the first on, each of
// which gives its number, and exports through(n), which calls the one at n. The
// code is what through has besides.
func tabled(size, functions int, code string) []byte {
	types, bodies, listed := []string{"\x02"}, []string{body("\x00" + code + "\x20\x00\x11\x01\x00\x0b")}, ""
	for n := range functions {
		types = append(types, "\x01")
		bodies = append(bodies, body(fmt.Sprintf("\x00\x41%s\x0b", leb(n))))
		listed += leb(n + 2)
	}
	return moduleOf(
		section(1, "\x60\x02\x7f\x7f\x00", "\x60\x00\x01\x7f", "\x60\x01\x7f\x01\x7f"),
		section(2, "\x04host\x04tick\x00\x00"),
		section(3, types...),
		section(4, "\x70\x00"+leb(size)),
		section(7, "\x07through\x00\x01"),
		section(9, "\x00\x41\x00\x0b"+leb(functions)+listed),
		section(10, bodies...),
	)
}

// leb is a number below 8192, for either sign.
func leb(n int) string { return string([]byte{byte(n&0x7f | 0x80), byte(n >> 7)}) }

// through is what the function at n gives, or why there is none.
func through(module api.Module, n int) string {
	results, err := module.ExportedFunction("through").Call(context.Background(), uint64(n))
	if err != nil {
		return err.Error()
	}
	return fmt.Sprint(results[0])
}

func TestATableIsFilledByTheCallsThroughIt(t *testing.T) {
	const size, functions = 3*groupSize + 9, 3*groupSize + 5
	template, err := Split(tabled(size, functions, ""), Options{TickFunction: 0})
	require.NoError(t, err)
	assert.Equal(t, functions, template.Entries)
	module := instantiate(t, template, func() {})
	for range 2 {
		for n := range functions {
			require.Equal(t, fmt.Sprint(n), through(module, n))
		}
		require.Contains(t, through(module, functions), "invalid table access")
		require.Contains(t, through(module, size), "invalid table access")
		require.Contains(t, through(module, -1), "invalid table access")
	}
}

func TestATableThatCodeSeesIsLeftAlone(t *testing.T) {
	for name, code := range map[string]string{
		"table.get":  "\x41\x00\x25\x00\x1a",
		"table.set":  "\x41\x00\xd2\x02\x26\x00",
		"table.size": "\xfc\x10\x00\x1a",
		"table.grow": "\xd0\x70\x41\x00\xfc\x0f\x00\x1a",
		"table.fill": "\x41\x02\xd2\x02\x41\x00\xfc\x11\x00",
		"table.copy": "\x41\x00\x41\x00\x41\x01\xfc\x0e\x00\x00",
	} {
		t.Run(name, func(t *testing.T) {
			template, err := Split(tabled(4, 3, code), Options{TickFunction: 0})
			require.NoError(t, err)
			assert.Zero(t, template.Entries)
			assert.Equal(t, "1", through(instantiate(t, template, func() {}), 1))
		})
	}
}

func TestATableThatIsNotAsEnginesHaveItIsLeftAlone(t *testing.T) {
	whole := func(sections ...string) []byte {
		return moduleOf(
			section(1, "\x60\x02\x7f\x7f\x00", "\x60\x00\x01\x7f", "\x60\x01\x7f\x01\x7f"),
			section(2, "\x04host\x04tick\x00\x00"),
			section(3, "\x02", "\x01"),
			section(4, sections[:1]...),
			section(7, "\x07through\x00\x01"),
			section(9, sections[1:]...),
			section(10, body("\x00\x20\x00\x11\x01\x00\x0b"), body("\x00\x41\x07\x0b")),
		)
	}
	for name, module := range map[string][]byte{
		"a numbered table":       whole("\x70\x00\x04", "\x02\x00\x41\x01\x0b\x00\x01\x02"),
		"expressions":            whole("\x70\x00\x04", "\x04\x41\x01\x0b\x01\xd2\x02\x0b"),
		"a segment that waits":   whole("\x70\x00\x04", "\x00\x41\x01\x0b\x01\x02", "\x01\x00\x01\x02"),
		"more than a table":      moduleOf(section(2, "\x04host\x04tick\x00\x00"), section(4, "\x70\x00\x04", "\x70\x00\x04")),
		"a table of many places": whole("\x70\x00\x81\x80\x04", "\x00\x41\x01\x0b\x01\x02"),
	} {
		t.Run(name, func(t *testing.T) {
			template, err := Split(module, Options{TickFunction: 0})
			require.NoError(t, err)
			assert.Zero(t, template.Entries)
			if name != "more than a table" {
				assert.Equal(t, "7", through(instantiate(t, template, func() {}), 1))
			}
		})
	}
}

func TestASegmentOutsideTheTableIsTheEnginesToRefuse(t *testing.T) {
	for _, at := range []string{"\x02", "\x05", "\x7f", "\xff\xff\xff\xff\x07"} {
		module := moduleOf(
			section(1, "\x60\x02\x7f\x7f\x00"), section(2, "\x04host\x04tick\x00\x00"), section(3, "\x00"), section(4, "\x70\x00\x03"),
			section(9, "\x00\x41"+at+"\x0b\x02\x00\x00"), section(10, body("\x00\x0b")),
		)
		template, err := Split(module, Options{TickFunction: 0})
		require.NoError(t, err)
		assert.Zero(t, template.Entries, "%x", at)
	}
}

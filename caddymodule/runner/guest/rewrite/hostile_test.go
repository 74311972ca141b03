package rewrite

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// withCode has an imported function, one of its own with that body, and a global.
func withCode(code string) []byte {
	return moduleOf(
		section(1, "\x60\x02\x7f\x7f\x00", "\x60\x00\x00"),
		section(2, "\x04host\x04tick\x00\x00"),
		section(3, "\x01"),
		section(5, "\x00\x01"),
		section(6, "\x7f\x01\x41\x00\x0b"),
		section(7, "\x03run\x00\x01"),
		section(10, body(code+"\x0b")),
	)
}

func TestCodeThatTheEngineWouldReadOtherwiseIsRefused(t *testing.T) {
	for name, code := range map[string]string{
		"the counter of ticks is set":        "\x00\x41\x00\x24\x01",
		"the counter of ticks is read":       "\x00\x23\x01\x1a",
		"a function that is added is called": "\x00\x41\x00\x10\x02",
		"the last call of a function":        "\x00\x41\x00\x12\x02",
		"a reference to one":                 "\x00\xd2\x02\x1a",
		"a local of two bytes":               "\x01\x01\x63\x70",
		"a block of a type of two bytes":     "\x00\x02\x63\x70\xd0\x70\x0b\x1a",
		"a select of a type of two bytes":    "\x00\xd0\x70\xd0\x70\x41\x00\x1c\x01\x63\x70\x1a",
		"a long form of an instruction":      "\x00\xfd\x8c\x80\x00",
		"relaxed SIMD":                       "\x00\xfd\x80\x02",
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Split(withCode(code), Options{TickFunction: 0})
			require.Error(t, err)
		})
	}
}

func TestCodeThatIsJustWithinBoundsIsRewritten(t *testing.T) {
	for name, code := range map[string]string{
		"its own global":   "\x00\x23\x00\x24\x00",
		"its own function": "\x00\x10\x01",
		"a local":          "\x01\x01\x70\x20\x00\x1a",
		"SIMD":             "\x00\x41\x00\xfd\x0f\xfd\x80\x01\xfd\x61\x1a", // splat, abs, popcnt
	} {
		t.Run(name, func(t *testing.T) {
			template, err := Split(withCode(code), Options{TickFunction: 0})
			require.NoError(t, err)
			instantiate(t, template, func() {})
		})
	}
}

func TestATableOfFunctionsThatTheModuleLacksIsLeftAlone(t *testing.T) {
	for name, segment := range map[string]string{"one past the last": "\x00\x41\x00\x0b\x01\x02", "bytes behind": "\x00\x41\x00\x0b\x01\x01\x00"} {
		template, err := Split(moduleOf(
			section(1, "\x60\x02\x7f\x7f\x00", "\x60\x00\x00"),
			section(2, "\x04host\x04tick\x00\x00"),
			section(3, "\x01"),
			section(4, "\x70\x00\x04"),
			section(9, segment),
			section(10, body("\x00\x0b")),
		), Options{TickFunction: 0})
		require.NoError(t, err, name)
		assert.Zero(t, template.Entries, name)
	}
}

func TestAGlobalThatIsNoNumberIsNotTakenFromAnInstance(t *testing.T) {
	for _, global := range []string{"\x70\x01\xd0\x70\x0b", "\x6f\x01\xd0\x6f\x0b"} {
		_, err := Split(moduleOf(section(6, global)), Options{TickFunction: -1, ExportGlobals: true})
		assert.ErrorContains(t, err, "mutable global")
	}
}

func TestAModuleThatLacksTheFunctionToTickWithIsRefused(t *testing.T) {
	_, err := Split(withCode("\x00"), Options{TickFunction: 1})
	require.ErrorContains(t, err, "imports 1 functions")
}

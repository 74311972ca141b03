package component

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/caddymodule/runner/guest/abi"
	"github.com/same-origin/devproxy/caddymodule/runner/guest/guesttest"
)

func TestEveryCoreImportHasAComponentFunctionOfTheSameSignature(t *testing.T) {
	for _, name := range []string{"limits", "hosts", "older", "newer", "shapes", "bare", "wasi"} {
		t.Run(name, func(t *testing.T) {
			c, err := Parse(guesttest.Component(t, name))
			require.NoError(t, err)
			main, err := c.Main("handler")
			require.NoError(t, err)
			require.False(t, main.NeedsLinker)

			require.Contains(t, c.Exports, "handler")
			assert.Equal(t, c.Exports["handler"].ExportSignature(), main.Exports["handler"])
			for _, core := range main.Imports {
				f := c.Imports[Name{core.Module, core.Name}]
				if f == nil {
					continue
				}
				assert.True(t, f.ImportSignature().Equal(core.Signature),
					"%s#%s: %v, core %v", core.Module, core.Name, f.ImportSignature(), core.Signature)
			}
			if name != "wasi" {
				assert.Len(t, c.Imports, len(main.Imports))
			}
		})
	}
}

func TestTypesKeepTheirNames(t *testing.T) {
	c, err := Parse(guesttest.Component(t, "newer"))
	require.NoError(t, err)

	request := c.Exports["handler"].Params()[0]
	require.Equal(t, abi.Record, request.Kind)
	http, found := request.Field("http")
	require.True(t, found)
	assert.Equal(t, "record [method url headers body trailers]", http.String())

	get := c.Imports[Name{"alga:extension/secrets@1.2.0", "get"}]
	require.NotNil(t, get)
	assert.Equal(t, []string{"missing", "denied", "expired", "internal", "throttled"}, get.ErrorCases())
	assert.Equal(t, "[i32 i32 i32] -> []", get.ImportSignature().String())
}

func TestOtherFilesAreNamedForWhatTheyAre(t *testing.T) {
	cases := map[string]struct {
		bytes string
		want  error
	}{
		"nothing":       {"", ErrEmpty},
		"source text":   {"export function handler() {}", ErrOther},
		"a core module": {"\x00asm\x01\x00\x00\x00", ErrModule},
		"half a header": {"\x00asm\x0d", ErrOther},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := Parse([]byte(c.bytes))
			assert.ErrorIs(t, err, c.want)
		})
	}
}

func TestATruncatedComponentIsAnError(t *testing.T) {
	whole := guesttest.Component(t, "bare")
	for _, length := range []int{9, 40, 300, 1000, len(whole) / 2, len(whole) - 1} {
		_, err := Parse(whole[:length])
		assert.Error(t, err, "%d bytes", length)
	}
}

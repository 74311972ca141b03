package wasmbin

import (
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestNumbersReadAsTheyWereWritten(t *testing.T) {
	for _, v := range []uint32{0, 1, 127, 128, 16383, 16384, math.MaxUint32} {
		r := NewReader(AppendUint32(nil, v))
		assert.Equal(t, v, r.Uint32())
		require.NoError(t, r.Err())
		assert.False(t, r.More())
	}
	for _, v := range []int64{0, 1, -1, 63, 64, -64, -65, math.MaxInt64, math.MinInt64} {
		r := NewReader(AppendInt64(nil, v))
		assert.Equal(t, v, r.Int64())
		require.NoError(t, r.Err())
		assert.False(t, r.More())
	}
}

func TestReadingPastTheEndIsAnErrorThatSticks(t *testing.T) {
	cases := map[string]func(*Reader){
		"byte":                func(r *Reader) { r.Byte() },
		"bytes":               func(r *Reader) { r.Bytes(5) },
		"name":                func(r *Reader) { r.Name() },
		"count":               func(r *Reader) { r.Count() },
		"unterminated number": func(r *Reader) { r.Uint32() },
	}
	inputs := map[string][]byte{
		"byte": {}, "bytes": {1}, "name": {4, 'a'}, "count": {9}, "unterminated number": {0x80},
	}
	for name, read := range cases {
		t.Run(name, func(t *testing.T) {
			r := NewReader(inputs[name])
			read(r)
			first := r.Err()
			require.Error(t, first)
			assert.Zero(t, r.Byte())
			assert.Equal(t, first, r.Err())
			assert.False(t, r.More())
		})
	}
}

func TestNumbersThatAreTooLargeAreRefused(t *testing.T) {
	r := NewReader([]byte{0xff, 0xff, 0xff, 0xff, 0x1f})
	r.Uint32()
	require.ErrorContains(t, r.Err(), "32 bits")
	r = NewReader([]byte{0x80, 0x80, 0x80, 0x80, 0x80, 0})
	r.Uint32()
	require.ErrorContains(t, r.Err(), "5 bytes")
}

func TestSectionsSplitAndJoin(t *testing.T) {
	module := AppendModuleHeader(nil)
	module = AppendSection(module, Section{ID: 1, Content: []byte{0}})
	module = AppendSection(module, Section{ID: 0, Content: AppendName(nil, "note")})
	require.Equal(t, Module, KindOf(module))

	sections, err := Sections(module)
	require.NoError(t, err)
	assert.Equal(t, []Section{{ID: 1, Content: []byte{0}}, {ID: 0, Content: []byte("\x04note")}}, sections)

	_, err = Sections(module[:len(module)-1])
	assert.Error(t, err)
}

func TestTheHeaderTellsModulesFromComponents(t *testing.T) {
	assert.Equal(t, Component, KindOf([]byte("\x00asm\x0d\x00\x01\x00")))
	assert.Equal(t, Module, KindOf([]byte("\x00asm\x01\x00\x00\x00")))
	assert.Equal(t, Unknown, KindOf([]byte("export function handler")))
	assert.Equal(t, Unknown, KindOf([]byte("\x00asm")))
	assert.Equal(t, Unknown, KindOf(nil))
}

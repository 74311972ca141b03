package abi

import (
	"encoding/binary"
	"encoding/json"
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// linear is a memory with a bump allocator, as a simple guest would have.
type linear struct {
	bytes []byte
	next  uint32
}

func newLinear() *linear { return &linear{bytes: make([]byte, 1<<16), next: 16} }

func (l *linear) Read(offset, n uint32) ([]byte, bool) {
	if uint64(offset)+uint64(n) > uint64(len(l.bytes)) {
		return nil, false
	}
	return l.bytes[offset : offset+n], true
}

func (l *linear) Write(offset uint32, b []byte) bool {
	to, inside := l.Read(offset, uint32(len(b)))
	copy(to, b)
	return inside
}

func (l *linear) Size() uint32 { return uint32(len(l.bytes)) }

func (l *linear) Allocate(align, size uint32) (uint32, error) {
	offset := uint32(alignUp(uint64(l.next), align))
	l.next = offset + size
	return offset, nil
}

func must(t *Type, err error) *Type {
	if err != nil {
		panic(err)
	}
	return t
}

func record(fields ...Field) *Type { return must(NewRecord(fields)) }
func list(elem *Type) *Type        { return must(NewList(elem)) }
func option(t *Type) *Type         { return must(NewOption(t)) }

func TestSizesAndOffsetsFollowTheCanonicalABI(t *testing.T) {
	u8, u32, u64, text := Primitive(U8), Primitive(U32), Primitive(U64), Primitive(String)
	mixed := record(Field{"a", u8}, Field{"b", u64}, Field{"c", u8})
	cases := map[string]struct {
		t           *Type
		size, align uint32
	}{
		"string":              {text, 8, 4},
		"padded record":       {mixed, 24, 8},
		"option<u8>":          {option(u8), 2, 1},
		"option<u64>":         {option(u64), 16, 8},
		"result<string, u8>":  {must(NewResult(text, u8)), 12, 4},
		"result":              {must(NewResult(nil, nil)), 1, 1},
		"enum of 257":         {must(NewEnum(make([]string, 257))), 2, 2},
		"flags of 9":          {must(NewFlags(make([]string, 9))), 2, 2},
		"flags of 32":         {must(NewFlags(make([]string, 32))), 4, 4},
		"variant of u8, u32":  {must(NewVariant([]Case{{"a", u8}, {"b", u32}})), 8, 4},
		"tuple of u8, string": {must(NewTuple([]*Type{u8, text})), 12, 4},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			assert.Equal(t, c.size, c.t.size)
			assert.Equal(t, c.align, c.t.align)
		})
	}
	assert.Equal(t, []uint32{0, 8, 16}, mixed.offsets)
}

func TestSignaturesJoinCasesAndSpill(t *testing.T) {
	f32, f64, u32, u64 := Primitive(F32), Primitive(F64), Primitive(U32), Primitive(U64)
	variant := must(NewVariant([]Case{{"a", f32}, {"b", u32}}))
	wide := must(NewVariant([]Case{{"a", f32}, {"b", u64}, {"c", nil}}))
	many := make([]*Type, 17)
	for i := range many {
		many[i] = u32
	}
	cases := map[string]struct {
		params         []*Type
		result         *Type
		imported, core string
	}{
		"nothing":            {nil, nil, "[] -> []", "[] -> []"},
		"f32 and i32 join":   {[]*Type{variant}, f64, "[i32 i32] -> [f64]", "[i32 i32] -> [f64]"},
		"f32 and i64 join":   {[]*Type{wide}, nil, "[i32 i64] -> []", "[i32 i64] -> []"},
		"16 stay flat":       {many[:16], nil, "[i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32] -> []", ""},
		"17 spill":           {many, u32, "[i32] -> [i32]", "[i32] -> [i32]"},
		"a string comes out": {nil, Primitive(String), "[i32] -> []", "[] -> [i32]"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			f, err := NewFunc(c.params, c.result)
			require.NoError(t, err)
			assert.Equal(t, c.imported, f.ImportSignature().String())
			if c.core != "" {
				assert.Equal(t, c.core, f.ExportSignature().String())
			}
		})
	}
}

func TestForgedTypesAreRefused(t *testing.T) {
	deep, err := Primitive(U8), error(nil)
	for err == nil {
		deep, err = NewOption(deep)
	}
	require.ErrorContains(t, err, "deeper")

	large, err := Primitive(U64), error(nil)
	for err == nil {
		large, err = NewTuple([]*Type{large, large})
	}
	require.ErrorContains(t, err, "1 MiB")

	_, err = NewRecord(nil)
	require.Error(t, err)
	_, err = NewEnum(nil)
	require.Error(t, err)
	_, err = NewFlags(make([]string, 33))
	require.Error(t, err)
}

func TestNumbersOfAnyGoTypeAreTakenIfTheyFit(t *testing.T) {
	cases := []struct {
		kind  Kind
		value any
		want  any // nil when it does not fit
	}{
		{U8, 255, uint8(255)},
		{U8, 256, nil},
		{U8, -1, nil},
		{S8, -128, int8(-128)},
		{S8, -129, nil},
		{S8, 128, nil},
		{U16, float64(65535), uint16(65535)},
		{U32, 1.5, nil},
		{U32, math.NaN(), nil},
		{U64, uint64(math.MaxUint64), uint64(math.MaxUint64)},
		{U64, json.Number("18446744073709551615"), uint64(math.MaxUint64)},
		{U64, json.Number("1e3"), uint64(1000)},
		{U64, 1e30, nil},
		{S64, math.MinInt64, int64(math.MinInt64)},
		{S64, uint64(math.MaxUint64), nil},
		{F32, 1, float32(1)},
		{F64, uint8(7), float64(7)},
		{F64, "7", nil},
		{U32, "7", nil},
		{U32, nil, nil},
		{Char, "ü", 'ü'},
		{Char, "üü", nil},
		{Char, rune(0xd800), nil},
		{Bool, 1, nil},
	}
	for _, c := range cases {
		m := newLinear()
		err := lowerer{m}.store(Primitive(c.kind), 8, c.value)
		if c.want == nil {
			assert.ErrorIs(t, err, ErrHostValue, "%v as %v", c.value, c.kind)
			continue
		}
		require.NoError(t, err, "%v as %v", c.value, c.kind)
		got, err := newLifter(m).load(Primitive(c.kind), 8)
		require.NoError(t, err)
		assert.Equal(t, c.want, got)
	}
}

func TestGuestsThatPointAnywhereAreRefused(t *testing.T) {
	text, bytes, records := Primitive(String), list(Primitive(U8)), list(record(Field{"a", Primitive(U64)}))
	cases := map[string]struct {
		t         *Type
		offset, n uint32
		want      string
	}{
		"a string outside":     {text, 0xffff0000, 10, "outside the memory"},
		"a string too long":    {text, 16, 1 << 20, "outside the memory"},
		"bytes that wrap":      {bytes, 0xffffffff, 0xffffffff, "outside the memory"},
		"a list too long":      {records, 16, 0xffffffff, "outside the memory"},
		"a list not aligned":   {records, 20, 1, "not aligned"},
		"a string not in utf8": {text, 100, 1, "not UTF-8"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			m := newLinear()
			m.bytes[100] = 0xff
			binary.LittleEndian.PutUint32(m.bytes[8:], c.offset)
			binary.LittleEndian.PutUint32(m.bytes[12:], c.n)
			_, err := newLifter(m).load(c.t, 8)
			assert.ErrorContains(t, err, c.want)
			assert.NotErrorIs(t, err, ErrHostValue)
		})
	}
}

func TestBadDiscriminantsAreRefused(t *testing.T) {
	m := newLinear()
	m.bytes[8] = 7
	binary.LittleEndian.PutUint32(m.bytes[12:], 0xd800)
	for _, kind := range []*Type{option(Primitive(U8)), must(NewEnum([]string{"a"})), must(NewResult(nil, nil))} {
		_, err := newLifter(m).load(kind, 8)
		assert.ErrorContains(t, err, "no case 7")
	}
	_, err := newLifter(m).load(Primitive(Char), 12)
	assert.ErrorContains(t, err, "scalar value")
}

func TestAGuestCannotMakeTheHostCopyTheSameBytesForever(t *testing.T) {
	m := newLinear()
	const strings = 1000
	for i := range uint32(strings) {
		binary.LittleEndian.PutUint32(m.bytes[1024+8*i:], 1<<15)
		binary.LittleEndian.PutUint32(m.bytes[1028+8*i:], 1024)
	}
	binary.LittleEndian.PutUint32(m.bytes[8:], 1024)
	binary.LittleEndian.PutUint32(m.bytes[12:], strings)
	_, err := newLifter(m).load(list(Primitive(String)), 8)
	assert.ErrorContains(t, err, "larger than the guest's memory")
}

package wasmbin

// AppendUint32 writes v as unsigned LEB128.
func AppendUint32(b []byte, v uint32) []byte {
	for v >= 0x80 {
		b = append(b, byte(v)|0x80)
		v >>= 7
	}
	return append(b, byte(v))
}

// AppendInt64 writes v as signed LEB128.
func AppendInt64(b []byte, v int64) []byte {
	for {
		low := byte(v & 0x7f)
		v >>= 7
		if (v == 0 && low&0x40 == 0) || (v == -1 && low&0x40 != 0) {
			return append(b, low)
		}
		b = append(b, low|0x80)
	}
}

// AppendName writes a length-prefixed string.
func AppendName(b []byte, name string) []byte {
	return append(AppendUint32(b, uint32(len(name))), name...)
}

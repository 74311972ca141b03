package canonicaljson

import (
	"bytes"
	"math"
	"strconv"
)

// appendNumber writes a number as JavaScript does after reading it as a float:
// the shortest digits that mean the same one, an exponent only from 1e21 and
// below 1e-6, null beyond what a float holds.
func appendNumber(out []byte, text string) []byte {
	f, _ := strconv.ParseFloat(text, 64) // the text is a number; out of range is ±Inf
	size := math.Abs(f)
	switch {
	case math.IsInf(f, 0):
		return append(out, "null"...)
	case f == 0:
		return append(out, '0') // also of -0
	case size >= 1e-6 && size < 1e21:
		return strconv.AppendFloat(out, f, 'f', -1, 64)
	}
	// Go writes at least two digits of an exponent, JavaScript one.
	digits := strconv.AppendFloat(nil, f, 'e', -1, 64)
	return append(out, bytes.Replace(digits, []byte("e-0"), []byte("e-"), 1)...)
}

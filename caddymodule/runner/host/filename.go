package host

// filename.go turns any string into a file name and back.

import (
	"crypto/sha256"
	"encoding/hex"
	"net/url"
	"strings"
)

const (
	// maxPlainName keeps names, with suffix, below the 143 bytes that the
	// strictest common file system (eCryptfs) allows.
	maxPlainName = 120
	longMark     = "~"
)

// fileName is a name that is safe on every file system, also on those that do
// not tell cases apart: lower-case letters, digits, `-`, `_` and inner dots
// stay, other bytes become %XX. Long names end in a hash and cannot be turned
// back. Different strings have different names.
func fileName(s string) string {
	if s == "" {
		return "%"
	}
	var b strings.Builder
	for i := range len(s) {
		c := s[i]
		if plain(c) || c == '.' && i > 0 && i < len(s)-1 {
			b.WriteByte(c)
			continue
		}
		b.WriteString("%" + strings.ToUpper(hex.EncodeToString([]byte{c})))
	}
	if b.Len() <= maxPlainName {
		return b.String()
	}
	sum := sha256.Sum256([]byte(s))
	return b.String()[:40] + longMark + hex.EncodeToString(sum[:])
}

// originalName undoes fileName; false for long names, whose file must be read.
func originalName(name string) (string, bool) {
	if strings.Contains(name, longMark) {
		return "", false
	}
	s, err := url.PathUnescape(name)
	return s, err == nil
}

func plain(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-' || c == '_'
}

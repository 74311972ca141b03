package runner

import (
	"errors"
	"strings"
)

const (
	hashPrefix = "sha256:"
	// maxHashDigits bounds what can become part of a path. The contract does
	// not enforce 64 digits.
	maxHashDigits = 128
)

var errHash = errors.New(`invalid content hash: it must be "sha256:" and hex digits`)

// parseHash gives the lower-case form of "sha256:<hex>".
func parseHash(s string) (string, error) {
	s = strings.ToLower(s)
	digits, ok := strings.CutPrefix(s, hashPrefix)
	if !ok || digits == "" || len(digits) > maxHashDigits || strings.Trim(digits, "0123456789abcdef") != "" {
		return "", errHash
	}
	return s, nil
}

// parseLooseHash is parseHash with the prefix optional, as in execute bodies.
func parseLooseHash(s string) (string, error) {
	if !strings.Contains(s, ":") {
		s = hashPrefix + s
	}
	return parseHash(s)
}

// forms.go contains the ways in which a secret is written.

package secrets

import (
	"encoding/base64"
	"encoding/hex"
	"html"
	"slices"
	"strings"
)

// Forms are the words and the ways in which they are written in URLs, in JSON,
// in HTML, in hex and within base64, each once, the longest first.
func Forms(words []string) (forms []string) {
	for _, word := range words {
		forms = append(forms, formsOf(word)...)
	}
	return longestFirst(forms)
}

// formsOf are the ways in which a value is written.
func formsOf(value string) []string {
	forms := slices.Concat([]string{value, html.EscapeString(value)}, inURLs(value), inJSON(value))
	if len(value) < 2*shortest {
		return forms
	}
	forms = append(forms, hex.EncodeToString([]byte(value)))
	// within a longer text in base64 it stands at one of three offsets; the
	// letters at its ends depend on what is beside it
	for skip := range 3 {
		for _, encoding := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
			whole := encoding.EncodeToString([]byte(strings.Repeat("\x00", skip) + value))
			from, to := (skip*4+2)/3, len(whole)-1
			forms = append(forms, whole[from:to])
		}
	}
	return forms
}

// escapes.go contains how Go and JavaScript write a secret in URLs and in JSON.

package secrets

import (
	"bytes"
	"encoding/json"
	"net/url"
	"strings"
)

// What JavaScript leaves as it is, beside letters and digits. Go's functions
// leave other marks.
const (
	plainInComponent = "-_.!~*'()" // encodeURIComponent
	plainInURI       = plainInComponent + ";,/?:@&=+$#"
	plainInForm      = "*-._ " // URLSearchParams, which writes a space as a plus
)

// inURLs are value's ways in a URL, with the digits of both cases.
func inURLs(value string) (forms []string) {
	for _, form := range []string{
		url.QueryEscape(value), url.PathEscape(value), percent(value, plainInComponent), percent(value, plainInURI),
		strings.ReplaceAll(percent(value, plainInForm), " ", "+"),
	} {
		forms = append(forms, form, smallDigits(form))
	}
	return forms
}

// percent escapes all bytes but letters, digits and the plain ones.
func percent(value, plain string) string {
	const digits = "0123456789ABCDEF"
	var to strings.Builder
	for i := range len(value) {
		if b := value[i]; isAlphanumeric(b) || strings.IndexByte(plain, b) >= 0 {
			to.WriteByte(b)
		} else {
			to.Write([]byte{'%', digits[b>>4], digits[b&15]})
		}
	}
	return to.String()
}

func isAlphanumeric(b byte) bool {
	return '0' <= b && b <= '9' || 'a' <= b && b <= 'z' || 'A' <= b && b <= 'Z'
}

// smallDigits is an escaped form as those write it who escape in lower case.
func smallDigits(form string) string {
	pieces := strings.Split(form, "%") // a percent sign of the value's own is %25
	for i, piece := range pieces[1:] {
		pieces[i+1] = strings.ToLower(piece[:2]) + piece[2:]
	}
	return strings.Join(pieces, "%")
}

// asStringify undoes what Go escapes even without HTML and JSON.stringify does
// not. A backslash of the value's own is two.
var asStringify = strings.NewReplacer(`\\`, `\\`, `\u2028`, "\u2028", `\u2029`, "\u2029")

// inJSON are value's ways in a JSON string: of Go, with and without what HTML
// needs, and of JavaScript.
func inJSON(value string) []string {
	forHTML, _ := json.Marshal(value) // a string always encodes
	var plain bytes.Buffer
	encoder := json.NewEncoder(&plain)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(value)
	text := unquoted(bytes.TrimSpace(plain.Bytes()))
	return []string{unquoted(forHTML), text, asStringify.Replace(text)}
}

// unquoted leaves a quote at the value's own end.
func unquoted(text []byte) string { return string(text[1 : len(text)-1]) }

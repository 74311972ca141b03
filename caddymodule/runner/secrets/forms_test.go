package secrets

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// What JavaScript writes was taken from Node.
func TestForms_are_as_JavaScript_and_Go_write_them(t *testing.T) {
	for _, c := range []struct{ value, written, by string }{
		{"p@ss word(1)!", "p%40ss%20word(1)!", "encodeURIComponent"},
		{"a b@c:d+e/f", "a%20b%40c%3Ad%2Be%2Ff", "encodeURIComponent"},
		{"a b@c:d+e/f", "a%20b%40c%3ad%2be%2ff", "encodeURIComponent, in lower case"},
		{"a b@c:d+e/f", "a%20b@c:d+e/f", "encodeURI"},
		{"a b*c~d'e", "a+b*c%7Ed%27e", "URLSearchParams"},
		{"100%/Käse", "100%25%2FK%C3%A4se", "encodeURIComponent"},
		{"100%/Käse", "100%25%2fK%c3%a4se", "encodeURIComponent, in lower case"},
		{"a b/c!", "a+b%2Fc%21", "url.QueryEscape"},
		{"a b/c!", "a+b%2fc%21", "url.QueryEscape, in lower case"},
		{"a b/c:d", "a%20b%2Fc:d", "url.PathEscape"},
		{"a&b<c>d", "a&b<c>d", "JSON.stringify"},
		{"a&\"b\\<c>\nd", `a&\"b\\<c>\nd`, "JSON.stringify"},
		{"a&\"b\\<c>\nd", `a\u0026\"b\\\u003cc\u003e\nd`, "json.Marshal"},
		{"a\u2028\\u2028", "a\u2028\\\\u2028", "JSON.stringify"},
		{"a\u2028\\u2028", `a\u2028\\u2028`, "an encoder that escapes no HTML"},
		{`ends in "`, `ends in \"`, "JSON.stringify"},
		{"a&b<c>d", "a&amp;b&lt;c&gt;d", "html.EscapeString"},
		{"a secret", "6120736563726574", "hex"},
	} {
		forms := Forms([]string{c.value})
		assert.Contains(t, forms, c.written, "%q by %s", c.value, c.by)
		assert.Equal(t, "x=***;", Replacer(forms, "***").Replace("x="+c.written+";"), "%q by %s", c.value, c.by)
	}
}

func TestForms_are_there_once_and_the_longest_first(t *testing.T) {
	words := Words(maps.Values(map[string]string{"A": "one-long-secret", "B": "one-long-secret", "C": "two-long-secret", "D": "a b@c:d+e/f"}))
	assert.Equal(t, []string{"one-long-secret", "two-long-secret", "a b@c:d+e/f"}, words)
	for _, all := range [][]string{words, Forms(words)} {
		assert.True(t, slices.IsSortedFunc(all, func(a, b string) int { return len(b) - len(a) }), all)
		once := slices.Clone(all)
		slices.Sort(once)
		assert.Len(t, slices.Compact(once), len(all), all)
	}
	assert.Len(t, Forms([]string{"plain"}), 1, "in all ways but hex and base64 it is written alike, and those are too short to be told")
	assert.Equal(t, "***!", Replacer(Forms([]string{"plain", "plainer"}), "***").Replace("plainer!"))
}

func TestForms_of_what_is_too_short_to_be_told_are_none(t *testing.T) {
	assert.Empty(t, Forms(Words(slices.Values([]string{"abc", "", "a/b"}))))
	assert.NotContains(t, Forms([]string{"pass"}), "70617373", "hex of a short one stands in too many hashes")
}

// BenchmarkForms is what a call with two secrets pays once, if it prints.
func BenchmarkForms(b *testing.B) {
	words := []string{"a-secret-of-32-characters-at-all", "p@ss word(1)!"}
	for b.Loop() {
		_ = Replacer(Forms(words), "***").Replace(strings.Repeat("some words ", 4))
	}
}

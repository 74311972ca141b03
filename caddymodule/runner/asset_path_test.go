package runner

import (
	"io/fs"
	"path"
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestAssetPath_repeated_slashes_collapse_and_escapes_are_decoded_once(t *testing.T) {
	for escaped, want := range map[string]string{
		"a//b///c.html":              "a/b/c.html",
		"docs/":                      "docs",
		"100%25.png":                 "100%.png",
		"gr%C3%BC%C3%9Fe/index.html": "grüße/index.html",
		"a%20b.css":                  "a b.css",
		"X.HTML":                     "X.HTML",
	} {
		got, err := parseAssetPath(escaped)
		require.NoError(t, err, escaped)
		assert.Equal(t, want, got)
	}
}

func FuzzAssetPath(f *testing.F) {
	for _, seed := range []string{
		"index.html", "../x", ".env", `a\b`, "x.exe", "%2e%2e/x", "%252e", "a%00", "a//b", "docs/", "/x", "%", "ü/x.css", "a.", "100%25.png",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, escaped string) {
		clean, err := parseAssetPath(escaped)
		if err != nil {
			assert.Empty(t, clean)
			return
		}
		assert.True(t, fs.ValidPath(clean), clean)
		assert.NotContains(t, clean, `\`)
		assert.False(t, strings.ContainsFunc(clean, unicode.IsControl), clean)
		for segment := range strings.SplitSeq(clean, "/") {
			assert.NotEqual(t, byte('.'), segment[0], clean)
			assert.False(t, strings.HasSuffix(segment, "."), clean)
		}
		if ext := path.Ext(clean); ext != "" {
			assert.Contains(t, contentTypes, strings.ToLower(ext))
		}
	})
}

package watch

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// FuzzGitignore holds what is true of any rules: a last line that takes
// everything back leaves nothing ignored, one that ignores everything ignores,
// and comments change nothing.
func FuzzGitignore(f *testing.F) {
	for _, text := range gitignores {
		f.Add(text, "sub/build/x.log")
	}
	f.Add("a[b-a]\n[[:digit:\n{a,{b}\n**/**\n\\", "a/{b}")
	f.Fuzz(func(t *testing.T, text, rel string) {
		rel = strings.Trim(rel, "/")
		if rel == "" || strings.ContainsAny(rel, "\n\x00") {
			return
		}
		ignored, decided := parseGitignore(text).match(rel, false)
		again, decidedAgain := parseGitignore(text+"\n# a comment\n\n").match(rel, false)
		assert.Equal(t, []bool{ignored, decided}, []bool{again, decidedAgain})
		everything, _ := parseGitignore(text+"\n*\n").match(rel, false)
		assert.True(t, everything)
		nothing, _ := parseGitignore(text+"\n!*\n").match(rel, false)
		assert.False(t, nothing)
	})
}

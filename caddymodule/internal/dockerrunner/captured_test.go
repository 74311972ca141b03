package dockerrunner

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestCaptured_text_is_whole_characters_up_to_the_limit(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"short":             {"héllo😀", "héllo😀"},
		"no UTF-8":          {"a\xffb\xe2\x82", "a\ufffdb\ufffd\ufffd"},
		"a pair at the end": {strings.Repeat("a", capturedChars-1) + "😀b", strings.Repeat("a", capturedChars-1)},
		"full":              {strings.Repeat("é", capturedChars+5), strings.Repeat("é", capturedChars)},
	} {
		for _, step := range []int{1, 3, len(c.text)} {
			var got captured
			for rest := c.text; rest != ""; {
				n := min(step, len(rest))
				got.add([]byte(rest[:n]))
				rest = rest[n:]
			}
			assert.Equal(t, c.want, string(got.bytes()), "%s in steps of %d", name, step)
		}
	}
}

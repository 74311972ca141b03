package guest

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// discreet is a host that keeps lines and knows one word.
type discreet struct {
	word  string
	lines []string
}

func (d *discreet) Call(_ context.Context, call Call) (any, error) {
	d.lines = append(d.lines, call.Args[0].(string))
	return nil, nil
}

func (d *discreet) Blanked(text string, more bool) string {
	text = strings.ReplaceAll(text, d.word, "[redacted]")
	if more {
		text = text[:max(0, len(text)-len(d.word)+1)]
	}
	return text
}

// print writes pieces to the standard error of a console.
func (d *discreet) print(t *testing.T, pieces ...string) *console {
	t.Helper()
	c := newConsole(t.Context(), d, d)
	for _, piece := range pieces {
		n, err := c.stderr.Write([]byte(piece))
		require.NoError(t, err)
		require.Equal(t, len(piece), n)
	}
	c.flush()
	return c
}

func TestConsole_a_word_that_is_blanked_stays_so_wherever_a_line_is_cut(t *testing.T) {
	const word = "hunter2-and-more"
	for _, before := range []int{0, longestLine - 20, longestLine - 8, longestLine - 1, longestLine, mostHeld - 20, mostHeld - 8, mostHeld - 1, mostHeld} {
		text := strings.Repeat("x", before) + word + strings.Repeat("y", 2*longestLine)
		for name, pieces := range map[string][]string{
			"a line":              {text + "\n"},
			"a line without end":  {text},
			"within the word":     {text[:before+3], text[before+3:] + "\n"},
			"byte by byte":        strings.Split(text, ""),
			"after a long of its": {strings.Repeat(word, 1200), text},
		} {
			d := &discreet{word: word}
			c := d.print(t, pieces...)
			require.Len(t, d.lines, 1, "%s after %d", name, before)
			assert.NotContains(t, d.lines[0], "hu", "%s after %d", name, before)
			assert.LessOrEqual(t, len(d.lines[0]), longestLine+len(" …"))
			assert.True(t, strings.HasSuffix(d.lines[0], " …"), "%s after %d", name, before)
			assert.NotContains(t, c.lastErrors(), "hu", "nor is it in the message of a trap")
		}
	}
}

func TestConsole_a_line_after_a_long_one_is_whole(t *testing.T) {
	d := &discreet{word: "nothing"}
	d.print(t, strings.Repeat("x", 10*longestLine), "x\nsec", "ond\r\n\nlast")
	require.Len(t, d.lines, 4)
	assert.Len(t, d.lines[0], longestLine+len(" …"))
	assert.Equal(t, []string{"second", "", "last"}, d.lines[1:])
}

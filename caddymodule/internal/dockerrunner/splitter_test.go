package dockerrunner

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// split feeds a text in chunks of a size and gives the lines.
func split(t testing.TB, text []byte, size int) []string {
	t.Helper()
	lines := []string{}
	s := &splitter{emit: func(line []byte) error {
		lines = append(lines, string(line))
		return nil
	}}
	for len(text) > 0 {
		n := min(size, len(text))
		require.NoError(t, s.add(text[:n:n]))
		text = text[n:]
	}
	require.NoError(t, s.flush())
	return lines
}

func TestDockerRunner_10_events_split_anywhere_arrive_once_in_order(t *testing.T) {
	const text = "{\"a\":\"é😀\"}\n\n{\"b\":1}\r\n not json \n{\"c\":{\"d\":[]}}\n{\"tail\":true}"
	want := []string{`{"a":"é😀"}`, `{"b":1}`, `{"c":{"d":[]}}`, `{"tail":true}`}
	for size := 1; size <= len(text); size++ {
		assert.Equal(t, want, split(t, []byte(text), size), "chunks of %d bytes", size)
	}
}

func FuzzSplitter(f *testing.F) {
	f.Add([]byte("{\"a\":\"é\"}\n{\"b\":1}\n\nx\n{\"tail\":1}"), 3)
	f.Add([]byte("\n\r\n1\n"), 1)
	f.Fuzz(func(t *testing.T, text []byte, size int) {
		want := []string{}
		for line := range strings.SplitSeq(string(text), "\n") {
			if line = string(bytes.TrimSpace([]byte(line))); json.Valid([]byte(line)) {
				want = append(want, line)
			}
		}
		require.Equal(t, want, split(t, bytes.Clone(text), max(1, size%(len(text)+1))))
	})
}

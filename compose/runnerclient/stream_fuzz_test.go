package runnerclient

import (
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/assert"
)

// FuzzFrames holds that where the network splits a stream makes no difference.
func FuzzFrames(f *testing.F) {
	for _, seed := range []string{"data:{\"type\":\"chunk\",\"data\":\"YQ==\"}\n\n", ": beat\n\ndata: {\ndata: \"type\":\"end\"}\r\n\r\n", "data:{}\n\ndata:x\n\n", "data:\n\n", "event: a\nid: 1\ndata:{\"type\":\"error\",\"message\":\"é\"}\n\n"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var whole, pieces []frame
		wholeErr := frames(strings.NewReader(text), func(f frame) error { whole = append(whole, f); return nil })
		piecesErr := frames(iotest.OneByteReader(strings.NewReader(text)), func(f frame) error { pieces = append(pieces, f); return nil })
		assert.Equal(t, whole, pieces)
		assert.Error(t, wholeErr)
		assert.Equal(t, wholeErr.Error(), piecesErr.Error())
	})
}

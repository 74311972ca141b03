package trace

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestJournal_is_bounded_and_nil_gathers_nothing(t *testing.T) {
	j := NewJournal()
	for range 1000 {
		j.Line("info", string(make([]byte, 5000)))
		j.Step("x")()
	}
	got := j.Trace()
	assert.Len(t, got.Lines, 200)
	assert.Equal(t, 800, got.Dropped)
	assert.Less(t, len(got.Lines[0].Text), 2100)
	var none *Journal
	none.Line("info", "x")
	none.Step("x")()
	assert.Nil(t, none.Trace())
}

package runnerstatus

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestProblem_says_where_as_far_as_it_is_known(t *testing.T) {
	assert.Equal(t, "no esbuild", Problem{Message: "no esbuild"}.String())
	assert.Equal(t, "a.ts: bad", Problem{File: "a.ts", Message: "bad", Column: 3}.String())
	assert.Equal(t, "a.ts:2:3: bad", Problem{File: "a.ts", Line: 2, Column: 3, Message: "bad"}.String())
}

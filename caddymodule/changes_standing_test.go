package caddymodule

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/same-origin/devproxy/caddymodule/runnerstatus"
)

// TestChanges_end_a_problem_under_the_name_that_it_had holds that who keeps
// problems by extension keeps none for ever.
func TestChanges_end_a_problem_under_the_name_that_it_had(t *testing.T) {
	var told []string
	c := &changes{wrong: map[string]string{}, tell: func(change runnerstatus.Change) {
		told = append(told, change.What+" "+change.Extension)
	}}
	state := func(list ...runnerstatus.Extension) runnerstatus.Snapshot {
		return runnerstatus.Snapshot{Extensions: list}
	}
	broken := []runnerstatus.Problem{{Code: "build_failed"}}
	unread := runnerstatus.Extension{Dir: "/a", Error: &runnerstatus.Fault{Code: "manifest_invalid"}}
	wrong := runnerstatus.Extension{Dir: "/a", ID: "acme.a", Problems: broken}
	fine := runnerstatus.Extension{Dir: "/a", ID: "acme.a"}
	now := state()
	for _, next := range []runnerstatus.Snapshot{state(unread), state(fine), state(wrong), state(wrong), state(), state(unread), state(wrong), state(fine), state(fine)} {
		c.standing(now, next)
		now = next
	}
	assert.Equal(t, []string{
		"problem /a", "mended /a", // the manifest
		"problem acme.a", "mended acme.a", // it is removed
		"problem /a", "mended /a", "problem acme.a", "mended acme.a", // one follows the other
	}, told)
}

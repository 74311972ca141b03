package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/same-origin/devproxy/caddymodule/runnerstatus"
)

func TestView_marks_an_extension_of_which_an_earlier_build_answers(t *testing.T) {
	row := func(latest string) string {
		v := view{ready: true, width: 200, paint: func(_, text string) string { return text }, now: runnerstatus.Snapshot{
			Extensions: []runnerstatus.Extension{{ID: "acme.x", Build: "0123456789ab", LatestBuild: latest}},
		}}
		return strings.Join(v.rows(), "\n")
	}
	assert.Contains(t, row("ba9876543210"), "acme.x  0123456789ab  an earlier build, not the working tree")
	assert.NotContains(t, row(""), "earlier")
}

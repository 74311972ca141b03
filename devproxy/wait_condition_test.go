package main

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/caddymodule/runnerstatus"
)

func TestWait_takes_a_devproxy_that_has_not_read_its_config_for_one_that_starts(t *testing.T) {
	for _, text := range []string{"backend=up", "docker=up", "build=any"} {
		c, err := parseCondition(text)
		require.NoError(t, err)
		missing, err := c.missing(runnerstatus.Snapshot{})
		require.NoError(t, err, text)
		assert.NotEmpty(t, missing, text)
	}
	c, err := parseCondition("dokcer=up")
	require.NoError(t, err)
	_, err = c.missing(runnerstatus.Snapshot{Selected: "embedded", Backends: []runnerstatus.Backend{{Name: "embedded"}, {Name: "docker"}}})
	assert.ErrorContains(t, err, "there is no backend \"dokcer\"")
}

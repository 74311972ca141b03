package main

import (
	"encoding/json"
	"testing"

	"github.com/caddyserver/caddy/v2/caddyconfig"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestCaddyfile_lets_who_stops_at_a_breakpoint_stay_there(t *testing.T) {
	for scheme, protocols := range map[string][]string{"http": nil, "https": {"h1", "h2"}} {
		t.Setenv("DEVPROXY_SCHEME", scheme)
		adapted, _, err := caddyconfig.GetAdapter("caddyfile").Adapt(builtinCaddyfile, map[string]any{"filename": "Caddyfile"})
		require.NoError(t, err)
		var config struct {
			Apps struct {
				HTTP struct {
					Servers map[string]struct {
						Protocols []string `json:"protocols"`
						Read      int64    `json:"read_idle_timeout"`
						Write     int64    `json:"write_idle_timeout"`
					} `json:"servers"`
				} `json:"http"`
			} `json:"apps"`
		}
		require.NoError(t, json.Unmarshal(adapted, &config))
		require.Len(t, config.Apps.HTTP.Servers, 1)
		server := config.Apps.HTTP.Servers["srv0"]
		assert.Equal(t, protocols, server.Protocols, scheme)
		assert.Negative(t, server.Read, "a negative bound is none")
		assert.Negative(t, server.Write)
	}
}

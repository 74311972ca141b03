package backend

import (
	"net"
	"net/url"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/caddymodule/internal/wire"
)

func TestConfig_is_near_only_on_this_machine(t *testing.T) {
	for address, near := range map[string]bool{
		"http://127.0.0.1:8080":  true,
		"http://127.8.0.1":       true,
		"http://[::1]:8080":      true,
		"http://localhost:8080":  true,
		"https://127.0.0.1:8080": false,
		"http://172.17.0.2:8080": false,
		"http://10.0.0.1":        false,
		"http://runner.test":     false,
		"http://localhost.test":  false,
	} {
		base, err := url.Parse(address)
		require.NoError(t, err)
		assert.Equal(t, near && wire.Looks, Config{Kind: URL, BaseURL: base}.isNear(), address)
		assert.False(t, Config{Kind: Knative, BaseURL: base}.isNear(), address)
		assert.False(t, Config{Kind: Docker, BaseURL: base, Dialer: new(net.Dialer)}.isNear(), address)
	}
	assert.False(t, Config{Kind: Docker}.isNear(), "not before it runs")
	socket := Config{Kind: Embedded, Socket: "/run/runner.sock", BaseURL: &url.URL{Scheme: "http", Host: "embedded"}}
	assert.Equal(t, wire.Looks, socket.isNear())
}

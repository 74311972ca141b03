package engine

import (
	"net"
	"net/http"
	"net/netip"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestShop_takes_another_port_where_somebody_has_its_own(t *testing.T) {
	gateway := bridge(t)
	taken, err := net.Listen("tcp", netip.AddrPortFrom(gateway, 0).String())
	require.NoError(t, err)
	defer taken.Close()
	port := taken.Addr().(*net.TCPAddr).AddrPort().Port()
	s := &shop{installs: newEngine(t), dir: t.TempDir(), kept: shopKeys{APIKey: "key", Secret: "secret", Port: port}}
	require.NoError(t, s.save())
	env, err := s.Reach(t.Context(), gateway)
	require.NoError(t, err)
	defer func() { assert.NoError(t, s.close()) }()
	assert.True(t, strings.HasPrefix(env["BUNDLE_STORE_BASE"], "http://"+net.JoinHostPort(gateway.String(), "")), env)
	res, err := http.Get(env["BUNDLE_STORE_BASE"])
	require.NoError(t, err)
	res.Body.Close()
	assert.Equal(t, http.StatusOK, res.StatusCode)
	again, err := s.Reach(t.Context(), gateway)
	require.NoError(t, err)
	assert.Equal(t, env, again, "an engine that comes back finds all as it was")
}

// bridge is an address of this machine other than loopback.
func bridge(t *testing.T) netip.Addr {
	t.Helper()
	all, err := net.InterfaceAddrs()
	require.NoError(t, err)
	for _, one := range all {
		if prefix, err := netip.ParsePrefix(one.String()); err == nil && prefix.Addr().Is4() && !prefix.Addr().IsLoopback() {
			return prefix.Addr()
		}
	}
	if os.Getenv("CI") == "true" {
		t.Fatal("CI=true allows no skip, but this machine has no address besides loopback")
	}
	t.Skip("this machine has no address besides loopback")
	return netip.Addr{}
}

package docker

import (
	"net/netip"
	"testing"

	"github.com/docker/docker/api/types/network"
	"github.com/stretchr/testify/require"
)

func TestTheGatewayOfANewEngineIsTheFirstAddressOfItsBridge(t *testing.T) {
	for want, pools := range map[string][]network.IPAMConfig{
		"172.17.0.9": {{Subnet: "fd00::/64"}, {Subnet: "172.17.0.0/16", Gateway: "172.17.0.9"}},
		"172.17.0.1": {{Subnet: "172.17.0.0/16"}, {Subnet: "fd00::/64"}},
		"invalid IP": {{}},
	} {
		require.Equal(t, want, gatewayOf(pools).String())
	}
	require.Equal(t, netip.Addr{}, gatewayOf(nil))
}

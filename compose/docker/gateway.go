package docker

import (
	"context"
	"net"
	"net/netip"

	"github.com/docker/docker/api/types/network"
)

// IsLocal says that an address is one of this machine's.
func IsLocal(address netip.Addr) bool {
	all, err := net.InterfaceAddrs()
	if err != nil || !address.IsValid() {
		return false
	}
	for _, one := range all {
		if prefix, err := netip.ParsePrefix(one.String()); err == nil && prefix.Addr() == address {
			return true
		}
	}
	return false
}

// HostGateway is the address at which containers reach this machine, as
// `host-gateway` stands for; it is none of this machine's own where the engine
// runs in a virtual one. The zero value says that the engine has no bridge.
func (e *Engine) HostGateway(ctx context.Context) (netip.Addr, error) {
	found, err := e.cli.NetworkInspect(ctx, "bridge", network.InspectOptions{})
	if err = mapped("looking for network", "bridge", err); err != nil {
		if Is(err, CodeNetworkNotFound) {
			return netip.Addr{}, nil
		}
		return netip.Addr{}, err
	}
	return gatewayOf(found.IPAM.Config), nil
}

// gatewayOf is the first gateway. An engine such as 20.10 does not tell it before
// its second start; it is the first address of the network then.
func gatewayOf(pools []network.IPAMConfig) netip.Addr {
	for _, pool := range pools {
		if address, err := netip.ParseAddr(pool.Gateway); err == nil {
			return address
		}
	}
	for _, pool := range pools {
		if subnet, err := netip.ParsePrefix(pool.Subnet); err == nil {
			return subnet.Masked().Addr().Next()
		}
	}
	return netip.Addr{}
}

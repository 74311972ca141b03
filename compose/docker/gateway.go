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
	for _, pool := range found.IPAM.Config {
		if address, err := netip.ParseAddr(pool.Gateway); err == nil {
			return address, nil
		}
	}
	return netip.Addr{}, nil
}

package registry

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
)

// parseAddresses reads "127.0.0.1", "127.0.0.1:0" or "[::1]:8085". Without a
// port, or with port 0, an address gets the port of the others.
func parseAddresses(list []string) ([]netip.AddrPort, error) {
	var addresses []netip.AddrPort
	var problems []error
	seen := map[netip.Addr]bool{}
	for _, s := range list {
		address, err := parseAddress(s)
		switch {
		case err != nil:
			problems = append(problems, err)
		case !seen[address.Addr()]:
			seen[address.Addr()] = true
			addresses = append(addresses, address)
		}
	}
	return addresses, errors.Join(problems...)
}

// parseAddress takes only what is one address: a name may come to mean more,
// and the wildcard is everyone in the café.
func parseAddress(s string) (netip.AddrPort, error) {
	address, err := netip.ParseAddrPort(s)
	if err != nil {
		var alone netip.Addr
		alone, err = netip.ParseAddr(s)
		address = netip.AddrPortFrom(alone, 0)
	}
	host, _, splitErr := net.SplitHostPort(s)
	ip := address.Addr().Unmap()
	switch {
	case s == "" || splitErr == nil && host == "" || err == nil && ip.IsUnspecified():
		return netip.AddrPort{}, fmt.Errorf("listening on %q: that is every network of this machine; name one address, such as 127.0.0.1 or a container network's gateway", s)
	case err != nil:
		return netip.AddrPort{}, fmt.Errorf("listening on %q: it is no IP address; write one such as 127.0.0.1 or 127.0.0.1:8085", s)
	case ip.IsMulticast():
		return netip.AddrPort{}, fmt.Errorf("listening on %q: that is a group's address; name one of this machine", s)
	}
	return netip.AddrPortFrom(ip, address.Port()), nil
}

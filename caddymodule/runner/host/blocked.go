package host

// blocked.go keeps extensions away from the control plane's own addresses.

import (
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"syscall"
)

// blockedAddresses are checked when a connection is made, on the address that
// was looked up, so that no name can be made to lead there.
type blockedAddresses []netip.AddrPort

// parseBlocked reads [Options.BlockedAddresses]; nil stands for the default.
func parseBlocked(items []string) (blockedAddresses, error) {
	if items == nil {
		items = []string{"localhost:2019"}
	}
	var blocked blockedAddresses
	for _, item := range items {
		addr, err := parseBlockedAddress(item)
		if err != nil {
			return nil, fmt.Errorf("reading blocked address %q: %w; write an IP address or localhost, and a port", item, err)
		}
		blocked = append(blocked, addr)
	}
	return blocked, nil
}

func parseBlockedAddress(item string) (netip.AddrPort, error) {
	host, port, err := net.SplitHostPort(item)
	if err != nil {
		return netip.AddrPort{}, err
	}
	number, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return netip.AddrPort{}, err
	}
	if host == "localhost" || host == "" {
		host = "127.0.0.1"
	}
	addr, err := netip.ParseAddr(host)
	return netip.AddrPortFrom(addr, uint16(number)), err
}

// control refuses a connection; it has the form that net.Dialer wants.
func (b blockedAddresses) control(_, address string, _ syscall.RawConn) error {
	target, err := netip.ParseAddrPort(address)
	if err != nil {
		return fmt.Errorf("reading the address to connect to: %w", err)
	}
	if target.Addr().Unmap().IsLinkLocalUnicast() {
		return fmt.Errorf("connecting to %s: extensions may not reach link-local addresses, where clouds hand out credentials", address)
	}
	for _, blocked := range b {
		if target.Port() == blocked.Port() && sameMachineOrEqual(target.Addr().Unmap(), blocked.Addr()) {
			return fmt.Errorf("connecting to %s: extensions may not reach the control plane", address)
		}
	}
	return nil
}

// sameMachineOrEqual treats all spellings of "this machine" as one: 127.0.0.2,
// ::1 and the unspecified addresses lead to the same listener.
func sameMachineOrEqual(target, blocked netip.Addr) bool {
	if target == blocked {
		return true
	}
	return local(target) && local(blocked)
}

func local(a netip.Addr) bool { return a.IsLoopback() || a.IsUnspecified() }

package stack

import (
	"net"
	"strconv"
	"strings"

	"github.com/compose-spec/compose-go/v2/types"
)

// defaultPort is where runners listen when nothing else is said.
const defaultPort = 8080

// port is the container port that the service most likely means.
func port(service types.ServiceConfig) uint16 {
	for _, p := range service.Ports {
		if p.Protocol == "" || p.Protocol == "tcp" {
			return uint16(p.Target)
		}
	}
	for _, text := range service.Expose {
		number, protocol, _ := strings.Cut(text, "/")
		n, err := strconv.ParseUint(number, 10, 16)
		if err == nil && protocol != "udp" {
			return uint16(n)
		}
	}
	return defaultPort
}

// HostPorts are the addresses (host:port, host "" for all) that the runner's
// `ports` promise for its port. No generation binds them: the caller serves them
// with a forward to the live one, so that they survive every swap.
func (s *Stack) HostPorts() []string {
	var addresses []string
	for _, p := range s.service.Ports {
		if uint16(p.Target) == s.Port && p.Published != "" && p.Published != "0" {
			addresses = append(addresses, net.JoinHostPort(p.HostIP, p.Published))
		}
	}
	return addresses
}

package main

import (
	"context"
	"fmt"
	"net"
	"strings"
)

// checkPorts looks at what the sites would listen on, and at the ports that
// the runner's service publishes, which devproxy serves itself.
func checkPorts(ctx context.Context, p *patient) []finding {
	if p.running {
		return fine("a devproxy runs for this project and has its ports")
	}
	var found []finding
	seen := map[string]bool{}
	addresses := append(p.settings.addresses, p.published(ctx)...)
	for _, address := range addresses {
		_, port, _ := net.SplitHostPort(address)
		err := checkFree([]string{address})
		if err == nil || seen[port] {
			continue
		}
		seen[port] = true
		busy := ofFault(stateWrong, err)
		busy[0].Evidence = fmt.Sprintf("listening on %s fails", address)
		found = append(found, busy...)
	}
	switch {
	case len(found) > 0:
		return found
	case len(addresses) == 0:
		return skipped("the configuration names no port")
	}
	return fine("%s can be listened on", strings.Join(addresses, ", "))
}

// published are the host ports of the runner's service.
func (p *patient) published(ctx context.Context) (addresses []string) {
	loaded, err := p.loadCompose(ctx)
	if loaded == nil || err != nil {
		return nil
	}
	service, err := loaded.Runner()
	if err != nil {
		return nil
	}
	for _, port := range service.Ports {
		if port.Published != "" && !strings.Contains(port.Published, "-") && port.Protocol == "tcp" {
			addresses = append(addresses, net.JoinHostPort("127.0.0.1", port.Published))
		}
	}
	return addresses
}

package docker

import (
	"slices"

	"github.com/compose-spec/compose-go/v2/types"
	"github.com/docker/docker/api/types/network"
)

// endpoint is one network a container joins.
type endpoint struct {
	network  string
	settings *network.EndpointSettings
}

// endpoints are the service's networks, the one with the highest priority first.
// A service with network_mode joins none.
func (c ContainerSpec) endpoints() []endpoint {
	if c.Service.NetworkMode != "" {
		return nil
	}
	var list []endpoint
	for _, key := range c.Service.NetworksByPriority() {
		list = append(list, endpoint{network: c.Project.Networks[key].Name, settings: c.settings(c.Service.Networks[key])})
	}
	return list
}

func (c ContainerSpec) settings(config *types.ServiceNetworkConfig) *network.EndpointSettings {
	settings := &network.EndpointSettings{Aliases: []string{c.Service.Name, c.Name}}
	if config == nil {
		return settings
	}
	settings.Aliases = slices.Concat(settings.Aliases, config.Aliases)
	settings.DriverOpts = config.DriverOpts
	settings.MacAddress = config.MacAddress
	settings.GwPriority = config.GatewayPriority
	if config.Ipv4Address != "" || config.Ipv6Address != "" || len(config.LinkLocalIPs) > 0 {
		settings.IPAMConfig = &network.EndpointIPAMConfig{
			IPv4Address: config.Ipv4Address, IPv6Address: config.Ipv6Address, LinkLocalIPs: config.LinkLocalIPs,
		}
	}
	return settings
}

package docker

import (
	"context"
	"errors"

	"github.com/compose-spec/compose-go/v2/types"
	"github.com/docker/docker/api/types/network"
)

// EnsureNetwork makes a network that is missing. An external one must be there.
func (e *Engine) EnsureNetwork(ctx context.Context, n types.NetworkConfig, labels map[string]string) error {
	// Inspecting also matches by id prefix: the name has to agree.
	found, err := e.cli.NetworkInspect(ctx, n.Name, network.InspectOptions{})
	if err == nil && found.Name == n.Name {
		return nil
	}
	err = mapped("looking for network", n.Name, err)
	if bool(n.External) || (err != nil && !Is(err, CodeNetworkNotFound)) {
		return err
	}
	options := network.CreateOptions{
		Driver: n.Driver, Options: n.DriverOpts, Internal: n.Internal, Attachable: n.Attachable,
		EnableIPv4: n.EnableIPv4, EnableIPv6: n.EnableIPv6, Labels: merged(n.Labels, labels), IPAM: ipam(n.Ipam),
	}
	_, err = e.cli.NetworkCreate(ctx, n.Name, options)
	if err = mapped("creating network", n.Name, err); Is(err, CodeConflict) {
		return nil // made by someone else meanwhile
	}
	return err
}

// NetworkLabels are the labels of a network.
func (e *Engine) NetworkLabels(ctx context.Context, name string) (map[string]string, error) {
	found, err := e.cli.NetworkInspect(ctx, name, network.InspectOptions{})
	if err = mapped("looking for network", name, err); err == nil && found.Name != name {
		// Inspecting also matches by id prefix.
		err = &Error{Code: CodeNetworkNotFound, Doing: "looking for network", Subject: name, Err: errors.New("no such network")}
	}
	return found.Labels, err
}

// RemoveNetwork removes a network; one that is gone is no error.
func (e *Engine) RemoveNetwork(ctx context.Context, name string) error {
	err := mapped("removing network", name, e.cli.NetworkRemove(ctx, name))
	if Is(err, CodeNetworkNotFound) {
		return nil
	}
	return err
}

func ipam(config types.IPAMConfig) *network.IPAM {
	if config.Driver == "" && len(config.Config) == 0 {
		return nil
	}
	plan := &network.IPAM{Driver: config.Driver, Options: config.Options}
	for _, pool := range config.Config {
		plan.Config = append(plan.Config, network.IPAMConfig{
			Subnet: pool.Subnet, Gateway: pool.Gateway, IPRange: pool.IPRange, AuxAddress: pool.AuxiliaryAddresses,
		})
	}
	return plan
}

// merged gives both sets of labels; ours win.
func merged(users types.Labels, ours map[string]string) map[string]string {
	all := make(map[string]string, len(users)+len(ours))
	for key, value := range users {
		all[key] = value
	}
	for key, value := range ours {
		all[key] = value
	}
	return all
}

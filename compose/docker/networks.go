package docker

import (
	"context"
	"errors"
	"time"

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

// ErrMiscounted is of a network that the engine says is in use although nothing
// is attached to it. Engines such as 20.10 count wrong when one container is
// renamed while another leaves, and count anew when they start.
var ErrMiscounted = errors.New("the engine counts containers on it that are gone, until it is restarted")

const (
	recounts     = 10
	recountPause = 100 * time.Millisecond
)

// RemoveNetwork removes a network; one that is gone is no error. One that nothing
// is attached to is tried again: a container that has left may still be counted
// for a moment. In the end that is an [ErrMiscounted], with CodeInUse.
func (e *Engine) RemoveNetwork(ctx context.Context, name string) error {
	for try := range recounts {
		if try > 0 {
			select {
			case <-ctx.Done():
				return mapped("removing network", name, ctx.Err())
			case <-time.After(recountPause):
			}
		}
		err := mapped("removing network", name, e.cli.NetworkRemove(ctx, name))
		if Is(err, CodeNetworkNotFound) {
			return nil
		}
		if !Is(err, CodeInUse) {
			return err
		}
		attached := e.attached(ctx, name)
		if ctx.Err() != nil {
			return mapped("removing network", name, ctx.Err()) // who is attached is not known
		}
		if attached {
			return err
		}
	}
	return &Error{Code: CodeInUse, Doing: "removing network", Subject: name, Err: ErrMiscounted}
}

// attached says whether there may be anything on a network.
func (e *Engine) attached(ctx context.Context, name string) bool {
	found, err := e.cli.NetworkInspect(ctx, name, network.InspectOptions{})
	return err != nil || len(found.Containers) > 0
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

package docker

import (
	"context"
	"errors"

	"github.com/compose-spec/compose-go/v2/types"
	"github.com/docker/docker/api/types/network"
)

// ContainerSpec is a container to create from a compose service.
type ContainerSpec struct {
	Name    string
	Image   string
	Project *types.Project
	Service types.ServiceConfig
	Labels  map[string]string
	// VolumeLabels are those of the anonymous volumes that the service declares,
	// which have no name to be found by.
	VolumeLabels map[string]string
	// Loopback publishes every port of the service, and Ports, on an ephemeral
	// port of 127.0.0.1 in place of the host ports the service names, so that
	// two containers of one service can run at once. On another machine, whose
	// loopback is of no use here, it is the address that the service names.
	Loopback bool
	// Ports are container ports (TCP) to publish beyond the service's own.
	Ports []uint16
	// NoRestart keeps the engine from restarting it: the caller does.
	NoRestart bool

	remote bool
}

// CreateContainer makes the container and connects all its networks. On an error
// nothing is left behind. It returns the container's id.
func (e *Engine) CreateContainer(ctx context.Context, spec ContainerSpec) (string, error) {
	spec.remote = e.remote != "" && !e.Through()
	host, err := e.hostConfig(spec)
	if err != nil {
		return "", err
	}
	endpoints := spec.endpoints()
	var first *network.NetworkingConfig
	if len(endpoints) > 0 {
		// Engines below API 1.44 refuse more than one network at create.
		first = &network.NetworkingConfig{EndpointsConfig: map[string]*network.EndpointSettings{
			endpoints[0].network: endpoints[0].settings,
		}}
	}
	made, err := e.cli.ContainerCreate(ctx, e.containerConfig(spec), host, first, platform(spec.Service.Platform), spec.Name)
	if err != nil {
		return "", mapped("creating container", spec.Name, err)
	}
	if err := e.joinRest(ctx, made.ID, spec.Name, endpoints); err != nil {
		return "", errors.Join(err, e.DiscardContainer(context.WithoutCancel(ctx), made.ID))
	}
	return made.ID, nil
}

func (e *Engine) joinRest(ctx context.Context, id, name string, endpoints []endpoint) error {
	for i, ep := range endpoints {
		if i == 0 {
			continue
		}
		if err := e.cli.NetworkConnect(ctx, ep.network, id, ep.settings); err != nil {
			return mapped("connecting container", name+" to network "+ep.network, err)
		}
	}
	return nil
}

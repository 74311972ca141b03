package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/compose-spec/compose-go/v2/types"
	"github.com/google/uuid"

	"github.com/same-origin/devproxy/compose/docker"
)

// gatewayName is this machine's name in containers.
const gatewayName = "host.docker.internal"

// checkGateway goes the way that a runner in a container goes to our registry:
// the name host.docker.internal, the engine's bridge, a port of ours.
func checkGateway(ctx context.Context, p *patient) []finding {
	switch {
	case p.engine == nil:
		return skipped("there is no container engine")
	case p.engine.Through():
		return skipped("containers reach this machine through the docker-runner of theirs")
	case p.engine.Remote() != "":
		return skipped("the container engine is on another machine")
	}
	ctx, cancel := context.WithTimeout(ctx, engineLimit)
	defer cancel()
	image := "devproxy-runner:" + p.project.instance()
	if _, err := p.engine.InspectImage(ctx, image); err != nil {
		return skipped("it is tried with the runner's own image, which 'devproxy up --backend docker' makes")
	}
	port, stop, err := answerOnBridge(ctx, p.engine)
	if err != nil {
		return []finding{unreachable("listening where containers would reach it: " + err.Error())}
	}
	defer stop()
	if err := askFromContainer(ctx, p.engine, image, port); err != nil {
		return []finding{unreachable(err.Error())}
	}
	return fine("a container reaches %s:%d", gatewayName, port)
}

func unreachable(evidence string) finding {
	return finding{State: stateWrong, Code: "gateway_unreachable", Cause: "containers do not reach this machine, so a runner in one cannot fetch what is built here",
		Evidence: evidence, Fix: "let the firewall pass TCP from the engine's bridge (docker0) to this machine, as in: sudo iptables -I INPUT -i docker0 -j ACCEPT"}
}

// answerOnBridge listens as the registry does: on the bridge's address where
// that is this machine's, else on loopback, to which a virtual machine passes
// the name on.
func answerOnBridge(ctx context.Context, engine *docker.Engine) (port int, stop func(), err error) {
	gateway, err := engine.HostGateway(ctx)
	if err != nil {
		return 0, nil, err
	}
	host := "127.0.0.1"
	if gateway.IsValid() && isOwn(gateway.String()) {
		host = gateway.String()
	}
	listener, err := net.Listen("tcp", net.JoinHostPort(host, "0"))
	if err != nil {
		return 0, nil, err
	}
	server := &http.Server{Handler: http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}), ReadHeaderTimeout: time.Second}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = server.Serve(listener) // until it is closed below
	}()
	return listener.Addr().(*net.TCPAddr).Port, func() { _ = server.Close(); <-ended }, nil
}

// isOwn says whether the address is one of this machine's.
func isOwn(address string) bool {
	list, err := net.InterfaceAddrs()
	if err != nil {
		return false
	}
	for _, own := range list {
		if network, ok := own.(*net.IPNet); ok && network.IP.String() == address {
			return true
		}
	}
	return false
}

// askFromContainer starts the runner's image with the question of its health
// check, asked of this machine.
func askFromContainer(ctx context.Context, engine *docker.Engine, image string, port int) (err error) {
	hosts, err := types.NewHostsList([]string{gatewayName + ":host-gateway"})
	if err != nil {
		return fmt.Errorf("preparing the container: %w", err)
	}
	service := types.ServiceConfig{Name: "doctor"}
	service.NetworkMode, service.ExtraHosts = "bridge", hosts
	service.Entrypoint = []string{"/devproxy", "runner", "--check", "--url", fmt.Sprintf("http://%s:%d", gatewayName, port)}
	id, err := engine.CreateContainer(ctx, docker.ContainerSpec{
		Name: "devproxy-doctor-" + uuid.NewString()[:8], Image: image, Project: &types.Project{}, Service: service, NoRestart: true,
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, engine.DiscardContainer(context.WithoutCancel(ctx), id)) }()
	if err := engine.StartContainer(ctx, id); err != nil {
		return err
	}
	code, err := engine.WaitExit(ctx, id)
	if err != nil {
		return err
	}
	if code != 0 {
		var said string
		_ = engine.Logs(ctx, id, docker.LogQuery{Tail: -1}, func(line docker.LogLine) error { said += line.Text + "\n"; return nil }) // evidence, if it can be had
		return fmt.Errorf("a container that asks %s:%d ends with %d: %s", gatewayName, port, code, said)
	}
	return nil
}

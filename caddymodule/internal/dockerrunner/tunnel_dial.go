package dockerrunner

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"time"
)

// dialLimit bounds how long one address of a container may take to answer.
const dialLimit = 3 * time.Second

// dialEngine connects the client to the engine's socket.
func (s *Service) dialEngine(c *call) error {
	ctx, cancel := s.context(c)
	defer cancel()
	engine, err := s.engine.get(ctx)
	if err != nil {
		return err
	}
	far, err := engine.Dial(ctx)
	if err != nil {
		return err
	}
	return s.bridge(c, far)
}

// dialContainer connects the client to a port of a container.
func (s *Service) dialContainer(c *call) error {
	id, err := c.named()
	if err != nil {
		return err
	}
	port, err := c.port(1)
	if err != nil {
		return err
	}
	ctx, cancel := s.context(c)
	defer cancel()
	found, err := s.look(ctx, id)
	if err != nil {
		return err
	}
	if !found.State.Running {
		return &failure{Status: http.StatusConflict, Code: codeConflict, Message: fmt.Sprintf("container %q is not running", id)}
	}
	far, err := dialAny(ctx, found.addresses(port, s.engine.remote()))
	if err != nil {
		return err
	}
	defer s.use(found)()
	return s.bridge(c, far)
}

// port reads the port of a query, from least on.
func (c *call) port(least uint64) (uint16, error) {
	text := c.request.URL.Query().Get("port")
	n, err := strconv.ParseUint(cmp.Or(text, "0"), 10, 16)
	if err != nil || n < least {
		return 0, invalid("port: expected a number from %d to 65535, got %q", least, text)
	}
	return uint16(n), nil
}

// addresses are where a container's port may answer: where it is published, then in
// its networks, which virtual machines and rootless engines keep to themselves.
func (i inspection) addresses(port uint16, remote string) []string {
	text := strconv.Itoa(int(port))
	var list []string
	for _, binding := range i.NetworkSettings.Ports[text+"/tcp"] {
		host := binding.HostIP
		if ip := net.ParseIP(host); ip == nil || ip.IsUnspecified() {
			host = cmp.Or(remote, "127.0.0.1")
		}
		list = append(list, net.JoinHostPort(host, binding.HostPort))
	}
	for _, network := range i.NetworkSettings.Networks {
		if network.IPAddress != "" {
			list = append(list, net.JoinHostPort(network.IPAddress, text))
		}
	}
	if _, host := i.NetworkSettings.Networks["host"]; host {
		list = append(list, net.JoinHostPort(cmp.Or(remote, "127.0.0.1"), text))
	}
	return list
}

// dialAny takes the first address that answers.
func dialAny(ctx context.Context, addresses []string) (net.Conn, error) {
	failed := errors.New("the container has no address")
	for _, address := range addresses {
		conn, err := (&net.Dialer{Timeout: dialLimit}).DialContext(ctx, "tcp", address)
		if err == nil {
			return conn, nil
		}
		failed = err
	}
	return nil, &failure{Status: http.StatusBadGateway, Code: codeDialFailed, Message: failed.Error(), Retryable: true}
}

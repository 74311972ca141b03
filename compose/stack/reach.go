package stack

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/same-origin/devproxy/compose/docker"
)

// reachPatience is how long a published port may take to be there: what forwards
// it from a virtual machine may notice a container late.
const reachPatience = 10 * time.Second

// reachable waits until the generation's address answers HTTP, whatever it says. A
// health check is executed inside the container, so it tells nothing about the way
// to it, or whether the port is the right one; a probe has gone that way already.
func (s *Stack) reachable(ctx context.Context, g *Generation, health docker.Health) error {
	if g.Address == "" {
		return s.unpublished()
	}
	if health == docker.HealthNone {
		return nil
	}
	patience, cancel := context.WithTimeout(ctx, min(reachPatience, s.StartPeriod))
	defer cancel()
	for {
		err := newDirect(s.Engine).get(patience, "http://"+g.Address+"/")
		var status *statusError
		if err == nil || errors.As(err, &status) {
			return nil
		}
		if sleep(patience, pollInterval) {
			continue
		}
		if ctx.Err() != nil {
			return fmt.Errorf("reaching %s: %w", g, ctx.Err())
		}
		return &docker.Error{
			Code: docker.CodePortUnreachable, Doing: "reaching", Subject: g.String(), Err: err,
			Fix: "correct x-devproxy.port; or, if the engine is on another machine, run devproxy there or name the engine as tcp://HOST:PORT",
		}
	}
}

// unpublished says why a generation has no address.
func (s *Stack) unpublished() error {
	remote := s.Engine.Remote()
	if remote == "" {
		return fmt.Errorf("starting service %s: port %d is not published on 127.0.0.1", s.Runner, s.Port)
	}
	return &docker.Error{
		Code: docker.CodeRemote, Doing: "publishing", Subject: fmt.Sprintf("port %d of service %s", s.Port, s.Runner),
		Err: errors.New("the engine is on " + remote + ", and whoever reaches that machine would reach the runner"),
		Fix: fmt.Sprintf("if that is meant, add `ports: [\"%d\"]` to the service; else run devproxy on that machine", s.Port),
	}
}

// mayPublish refuses, before anything is made, what will have no address.
func (s *Stack) mayPublish() error {
	if s.Engine.Remote() == "" || s.Engine.Through() {
		return nil
	}
	for _, p := range s.service.Ports {
		ip := net.ParseIP(p.HostIP)
		if uint16(p.Target) == s.Port && (p.HostIP == "" || (ip != nil && !ip.IsLoopback())) {
			return nil
		}
	}
	return s.unpublished()
}

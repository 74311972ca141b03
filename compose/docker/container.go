package docker

import (
	"cmp"
	"net"
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/go-connections/nat"
)

// Health is what the engine's own health check says.
type Health string

// The states of a health check; None without one.
const (
	HealthNone      Health = ""
	HealthStarting  Health = "starting"
	HealthHealthy   Health = "healthy"
	HealthUnhealthy Health = "unhealthy"
)

// Container is what the engine says of one container.
type Container struct {
	ID, Name string
	Image    string // as it was named at create
	ImageID  string
	Labels   map[string]string
	State    string // created, running, paused, restarting, removing, exited, dead
	Health   Health
	// HealthCmd is the command of its health check, ready to be executed; nil
	// without one.
	HealthCmd []string
	// HealthUntil is when the engine must have checked its health again, however
	// slow it is: it stops doing so when it starts again under a running container.
	// Zero without a health check.
	HealthUntil time.Time
	ExitCode    int
	// OOMKilled says that the kernel ended it for want of memory.
	OOMKilled bool
	TTY       bool
	Created   time.Time
	Started   time.Time // zero before the first start
	Finished  time.Time // zero before the first end
	Ports     []Port

	remote string // the engine's host
}

// Port is one published port.
type Port struct {
	Container uint16
	Protocol  string // "tcp" or "udp"
	HostIP    string
	Host      uint16
}

// Running says whether its process lives.
func (c Container) Running() bool { return c.State == "running" || c.State == "paused" }

// Leaving says that somebody is removing the container, which may take a while: it
// can no longer be started.
func (c Container) Leaving() bool { return c.State == "removing" || c.State == "dead" }

// Address is host:port of a published TCP port of the container, as this machine
// reaches it; "" when it is not published, which includes every container that is
// not running, or only on the loopback of another machine. The port is another one
// after each start.
func (c Container) Address(port uint16) string {
	for _, p := range c.Ports {
		if p.Container != port || p.Protocol != "tcp" || p.Host == 0 || strings.Contains(p.HostIP, ":") {
			continue
		}
		if host := reachedAt(c.remote, p.HostIP); host != "" {
			return net.JoinHostPort(host, strconv.Itoa(int(p.Host)))
		}
	}
	return ""
}

func inspected(c container.InspectResponse) Container {
	found := Container{
		ID: c.ID, Name: strings.TrimPrefix(c.Name, "/"), Image: c.Config.Image, ImageID: c.Image,
		Labels: c.Config.Labels, TTY: c.Config.Tty, State: c.State.Status, ExitCode: c.State.ExitCode,
		OOMKilled: c.State.OOMKilled, Created: instant(c.Created),
		Started: instant(c.State.StartedAt), Finished: instant(c.State.FinishedAt),
	}
	if h := c.State.Health; h != nil && h.Status != container.NoHealthcheck {
		found.Health = Health(h.Status)
	}
	if check := c.Config.Healthcheck; check != nil {
		found.HealthCmd = healthCmd(check.Test)
		found.HealthUntil = healthUntil(found.Started, c.State.Health, check)
	}
	if c.NetworkSettings != nil {
		found.Ports = ports(c.NetworkSettings.Ports)
	}
	return found
}

// overdue is how many checks may be missing.
const overdue = 3

// healthUntil reckons from the last check, or the start before the first.
func healthUntil(started time.Time, health *container.Health, check *container.HealthConfig) time.Time {
	last := started
	if health != nil && len(health.Log) > 0 {
		last = health.Log[len(health.Log)-1].End
	}
	const usual = 30 * time.Second // of the engine, for both
	return last.Add(overdue * (cmp.Or(check.Interval, usual) + cmp.Or(check.Timeout, usual)))
}

// healthCmd reads a health check as Dockerfiles write it.
func healthCmd(test []string) []string {
	switch {
	case len(test) < 2:
		return nil
	case test[0] == "CMD":
		return test[1:]
	case test[0] == "CMD-SHELL":
		return []string{"/bin/sh", "-c", test[1]}
	}
	return nil
}

func ports(bound nat.PortMap) []Port {
	var list []Port
	for port, bindings := range bound {
		for _, b := range bindings {
			host, _ := strconv.ParseUint(b.HostPort, 10, 16)
			list = append(list, Port{
				Container: uint16(port.Int()), Protocol: port.Proto(), HostIP: b.HostIP, Host: uint16(host),
			})
		}
	}
	sort.Slice(list, func(i, j int) bool { return list[i].Container < list[j].Container })
	return list
}

// instant reads the engine's time; it writes year 1 for "never".
func instant(text string) time.Time {
	at, err := time.Parse(time.RFC3339Nano, text)
	if err != nil || at.Year() <= 1 {
		return time.Time{}
	}
	return at
}

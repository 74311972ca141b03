package docker

import (
	"fmt"
	"sort"
	"strings"
	"time"

	"github.com/compose-spec/compose-go/v2/types"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/versions"
	"github.com/docker/go-connections/nat"
	specs "github.com/opencontainers/image-spec/specs-go/v1"
)

// containerConfig is the part of a container that travels with its image.
func (e *Engine) containerConfig(spec ContainerSpec) *container.Config {
	s := spec.Service
	exposed, _ := spec.ports()
	return &container.Config{
		Hostname: s.Hostname, Domainname: s.DomainName, User: s.User, WorkingDir: s.WorkingDir,
		Tty: s.Tty, OpenStdin: s.StdinOpen, ExposedPorts: exposed,
		Env: environ(s.Environment), Cmd: []string(s.Command), Entrypoint: []string(s.Entrypoint),
		Image: spec.Image, Labels: spec.labels(), StopSignal: s.StopSignal, StopTimeout: seconds(s.StopGracePeriod),
		Healthcheck: e.health(s.HealthCheck),
	}
}

func (c ContainerSpec) labels() map[string]string {
	labels := make(map[string]string, len(c.Service.Labels)+len(c.Labels))
	for key, value := range c.Service.Labels {
		labels[key] = value
	}
	for key, value := range c.Labels {
		labels[key] = value
	}
	return labels
}

// environ leaves out variables without a value: compose takes those from the
// shell, and the loader has done so already.
func environ(mapping types.MappingWithEquals) []string {
	var lines []string
	for key, value := range mapping {
		if value != nil {
			lines = append(lines, key+"="+*value)
		}
	}
	sort.Strings(lines)
	return lines
}

func (e *Engine) health(h *types.HealthCheckConfig) *container.HealthConfig {
	if h == nil {
		return nil
	}
	if h.Disable {
		return &container.HealthConfig{Test: []string{"NONE"}}
	}
	check := &container.HealthConfig{
		Test: []string(h.Test), Interval: duration(h.Interval), Timeout: duration(h.Timeout), StartPeriod: duration(h.StartPeriod),
	}
	if h.Retries != nil {
		check.Retries = int(*h.Retries)
	}
	// Older engines answer start_interval with an error rather than ignore it.
	if versions.GreaterThanOrEqualTo(e.APIVersion(), "1.44") {
		check.StartInterval = duration(h.StartInterval)
	}
	return check
}

// ports gives what to expose and what to bind. The engine silently publishes
// nothing for a binding whose port is not exposed, so both always agree.
func (c ContainerSpec) ports() (nat.PortSet, nat.PortMap) {
	exposed, bound := nat.PortSet{}, nat.PortMap{}
	for _, text := range c.Service.Expose {
		if port, err := nat.NewPort(nat.SplitProtoPort(text)); err == nil {
			exposed[port] = struct{}{}
		}
	}
	for _, p := range c.Service.Ports {
		port := nat.Port(fmt.Sprintf("%d/%s", p.Target, protocol(p.Protocol)))
		binding := nat.PortBinding{HostIP: p.HostIP, HostPort: p.Published}
		if c.Loopback {
			bound[port] = nil
			binding.HostPort = ""
			if !c.remote {
				binding.HostIP = "127.0.0.1"
			}
		}
		exposed[port] = struct{}{}
		bound[port] = append(bound[port], binding)
	}
	for _, p := range c.Ports {
		port := nat.Port(fmt.Sprintf("%d/tcp", p))
		exposed[port] = struct{}{}
		if len(bound[port]) == 0 {
			bound[port] = []nat.PortBinding{{HostIP: "127.0.0.1"}}
		}
	}
	return exposed, bound
}

func protocol(name string) string {
	if name == "" {
		return "tcp"
	}
	return name
}

func duration(d *types.Duration) time.Duration {
	if d == nil {
		return 0
	}
	return time.Duration(*d)
}

// seconds rounds up: a grace period of half a second must not become none.
func seconds(d *types.Duration) *int {
	if d == nil {
		return nil
	}
	n := int((time.Duration(*d) + time.Second - 1) / time.Second)
	return &n
}

func platform(name string) *specs.Platform {
	if name == "" {
		return nil
	}
	parts := append(strings.SplitN(name, "/", 3), "", "")
	return &specs.Platform{OS: parts[0], Architecture: parts[1], Variant: parts[2]}
}

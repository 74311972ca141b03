package docker

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/compose-spec/compose-go/v2/types"
	"github.com/docker/docker/api/types/container"
)

// hostConfig is the part of a container that ties it to this host.
func (e *Engine) hostConfig(spec ContainerSpec) (*container.HostConfig, error) {
	s := spec.Service
	binds, mounts, err := spec.mounts()
	if err != nil {
		return nil, err
	}
	_, bound := spec.ports()
	hosts := s.ExtraHosts.AsList(":")
	slices.Sort(hosts)
	return &container.HostConfig{
		Binds: binds, Mounts: mounts, Tmpfs: tmpfs(s.Tmpfs), VolumesFrom: s.VolumesFrom,
		PortBindings: bound, NetworkMode: spec.networkMode(), ExtraHosts: hosts,
		DNS: []string(s.DNS), DNSOptions: s.DNSOpts, DNSSearch: []string(s.DNSSearch),
		RestartPolicy: spec.restart(), LogConfig: logging(s),
		CapAdd: s.CapAdd, CapDrop: s.CapDrop, Privileged: s.Privileged, ReadonlyRootfs: s.ReadOnly,
		SecurityOpt: s.SecurityOpt, Sysctls: s.Sysctls, GroupAdd: s.GroupAdd, Annotations: s.Annotations,
		IpcMode: container.IpcMode(s.Ipc), PidMode: container.PidMode(s.Pid), UTSMode: container.UTSMode(s.Uts),
		UsernsMode: container.UsernsMode(s.UserNSMode), CgroupnsMode: container.CgroupnsMode(s.Cgroup),
		Isolation: container.Isolation(s.Isolation), StorageOpt: s.StorageOpt,
		ShmSize: int64(s.ShmSize), Runtime: s.Runtime, Init: s.Init, OomScoreAdj: int(s.OomScoreAdj),
		Resources: limits(s),
	}, nil
}

// restart is the service's policy: deploy.restart_policy over restart.
func (c ContainerSpec) restart() container.RestartPolicy {
	if c.NoRestart {
		return container.RestartPolicy{Name: container.RestartPolicyDisabled}
	}
	if d := c.Service.Deploy; d != nil && d.RestartPolicy != nil {
		return deployRestart(d.RestartPolicy)
	}
	name, count, _ := strings.Cut(c.Service.Restart, ":")
	policy := container.RestartPolicy{Name: container.RestartPolicyMode(name)}
	if n, err := strconv.Atoi(count); err == nil {
		policy.MaximumRetryCount = n
	}
	return policy
}

func deployRestart(p *types.RestartPolicy) container.RestartPolicy {
	names := map[string]container.RestartPolicyMode{
		"none": container.RestartPolicyDisabled, "on-failure": container.RestartPolicyOnFailure,
		"any": container.RestartPolicyAlways, "": container.RestartPolicyAlways,
	}
	policy := container.RestartPolicy{Name: names[p.Condition]}
	if p.MaxAttempts != nil && policy.Name == container.RestartPolicyOnFailure {
		policy.MaximumRetryCount = int(*p.MaxAttempts)
	}
	return policy
}

// logging is the service's, else the driver "local": it rotates by itself and
// keeps bytes as they are, where json-file spoils characters at 16 KiB seams.
func logging(s types.ServiceConfig) container.LogConfig {
	config := container.LogConfig{Type: s.LogDriver, Config: s.LogOpt}
	if s.Logging != nil {
		config = container.LogConfig{Type: s.Logging.Driver, Config: s.Logging.Options}
	}
	if config.Type == "" && len(config.Config) == 0 {
		config.Type = "local"
	}
	return config
}

// tmpfs reads "/run" and "/run:size=64m".
func tmpfs(list types.StringList) map[string]string {
	if len(list) == 0 {
		return nil
	}
	mounts := make(map[string]string, len(list))
	for _, entry := range list {
		target, options, _ := strings.Cut(entry, ":")
		mounts[target] = options
	}
	return mounts
}

func (c ContainerSpec) networkMode() container.NetworkMode {
	mode := c.Service.NetworkMode
	if service, ok := strings.CutPrefix(mode, "service:"); ok {
		mode = "container:" + fmt.Sprintf("%s-%s-1", c.Project.Name, service)
		if fixed := c.Project.Services[service].ContainerName; fixed != "" {
			mode = "container:" + fixed
		}
	}
	if mode == "" {
		if endpoints := c.endpoints(); len(endpoints) > 0 {
			mode = endpoints[0].network
		}
	}
	return container.NetworkMode(mode)
}

package docker

import (
	"sort"

	"github.com/compose-spec/compose-go/v2/types"
	"github.com/docker/docker/api/types/container"
)

// limits are the service's resources; what deploy.resources says wins over the
// older keys, as it does in Compose.
func limits(s types.ServiceConfig) container.Resources {
	r := container.Resources{
		CgroupParent: s.CgroupParent, CPUShares: s.CPUShares, CPUPeriod: s.CPUPeriod, CPUQuota: s.CPUQuota,
		CPURealtimePeriod: s.CPURTPeriod, CPURealtimeRuntime: s.CPURTRuntime,
		CPUCount: s.CPUCount, CPUPercent: int64(s.CPUPercent), CpusetCpus: s.CPUSet,
		NanoCPUs: nano(s.CPUS), Memory: int64(s.MemLimit), MemoryReservation: int64(s.MemReservation),
		MemorySwap: int64(s.MemSwapLimit), DeviceCgroupRules: s.DeviceCgroupRules,
		Devices: devices(s.Devices), Ulimits: ulimits(s.Ulimits),
	}
	if s.PidsLimit != 0 {
		r.PidsLimit = &s.PidsLimit
	}
	if s.OomKillDisable {
		r.OomKillDisable = &s.OomKillDisable
	}
	if s.MemSwappiness != 0 {
		swappiness := int64(s.MemSwappiness)
		r.MemorySwappiness = &swappiness
	}
	if s.BlkioConfig != nil {
		r.BlkioWeight = s.BlkioConfig.Weight
	}
	if s.Deploy != nil {
		deployed(&r, s.Deploy.Resources)
	}
	return r
}

func deployed(r *container.Resources, resources types.Resources) {
	if l := resources.Limits; l != nil {
		if l.NanoCPUs != 0 {
			r.NanoCPUs = nano(float32(l.NanoCPUs))
		}
		if l.MemoryBytes != 0 {
			r.Memory = int64(l.MemoryBytes)
		}
		if l.Pids != 0 {
			r.PidsLimit = &l.Pids
		}
	}
	if l := resources.Reservations; l != nil && l.MemoryBytes != 0 {
		r.MemoryReservation = int64(l.MemoryBytes)
	}
}

// nano is exact for what people write ("0.1"): float32 holds it only nearly.
func nano(cpus float32) int64 {
	const milli = 1_000_000
	return int64(float64(cpus)*1000+0.5) * milli
}

func devices(list []types.DeviceMapping) []container.DeviceMapping {
	var mapped []container.DeviceMapping
	for _, d := range list {
		mapped = append(mapped, container.DeviceMapping{
			PathOnHost: d.Source, PathInContainer: d.Target, CgroupPermissions: d.Permissions,
		})
	}
	return mapped
}

func ulimits(limits map[string]*types.UlimitsConfig) []*container.Ulimit {
	var list []*container.Ulimit
	for name, u := range limits {
		soft, hard := int64(u.Soft), int64(u.Hard)
		if u.Single != 0 {
			soft, hard = int64(u.Single), int64(u.Single)
		}
		list = append(list, &container.Ulimit{Name: name, Soft: soft, Hard: hard})
	}
	sort.Slice(list, func(i, j int) bool { return list[i].Name < list[j].Name })
	return list
}

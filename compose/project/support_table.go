package project

import (
	"fmt"
	"strings"
)

// supportedKeys are the paths that the lifecycle carries out, or that have done
// their work once the files are loaded. A path stands for itself and for the way
// to it; a test holds this and unsupportedKeys against the specification.
const supportedKeys = `
name version include.[].path include.[].env_file include.[].project_directory

services.*.annotations.*
services.*.blkio_config.weight
services.*.build.args.* services.*.build.context services.*.build.dockerfile services.*.build.dockerfile_inline
services.*.build.extra_hosts.* services.*.build.labels.* services.*.build.network services.*.build.no_cache
services.*.build.cache_from services.*.build.platforms services.*.build.ulimits.*.hard services.*.build.ulimits.*.soft
services.*.build.pull services.*.build.shm_size services.*.build.tags services.*.build.target
services.*.cap_add services.*.cap_drop services.*.cgroup services.*.cgroup_parent services.*.command
services.*.configs.[].source services.*.configs.[].target services.*.container_name
services.*.cpu_count services.*.cpu_percent services.*.cpu_period services.*.cpu_quota
services.*.cpu_rt_period services.*.cpu_rt_runtime services.*.cpu_shares services.*.cpus services.*.cpuset
services.*.depends_on.*.condition services.*.depends_on.*.required services.*.depends_on.*.restart
services.*.deploy.mode services.*.deploy.replicas
services.*.deploy.resources.limits.cpus services.*.deploy.resources.limits.memory services.*.deploy.resources.limits.pids
services.*.deploy.resources.reservations.memory
services.*.deploy.restart_policy.condition services.*.deploy.restart_policy.max_attempts
services.*.develop.watch.[].action services.*.develop.watch.[].exec.command services.*.develop.watch.[].exec.environment.*
services.*.develop.watch.[].exec.privileged services.*.develop.watch.[].exec.user services.*.develop.watch.[].exec.working_dir
services.*.develop.watch.[].ignore services.*.develop.watch.[].include services.*.develop.watch.[].initial_sync
services.*.develop.watch.[].path services.*.develop.watch.[].target
services.*.device_cgroup_rules services.*.devices.[].permissions services.*.devices.[].source services.*.devices.[].target
services.*.dns services.*.dns_opt services.*.dns_search services.*.domainname services.*.entrypoint
services.*.env_file.[].format services.*.env_file.[].path services.*.env_file.[].required services.*.environment.*
services.*.expose services.*.extends.file services.*.extends.service services.*.extra_hosts.* services.*.group_add
services.*.healthcheck.disable services.*.healthcheck.interval services.*.healthcheck.retries
services.*.healthcheck.start_interval services.*.healthcheck.start_period services.*.healthcheck.test
services.*.healthcheck.timeout services.*.hostname services.*.image services.*.init services.*.ipc services.*.isolation
services.*.label_file services.*.labels.* services.*.logging.driver services.*.logging.options.*
services.*.mem_limit services.*.mem_reservation services.*.mem_swappiness services.*.memswap_limit
services.*.network_mode services.*.networks.*.aliases services.*.networks.*.driver_opts.*
services.*.networks.*.gw_priority services.*.networks.*.ipv4_address services.*.networks.*.ipv6_address
services.*.networks.*.link_local_ips services.*.networks.*.mac_address services.*.networks.*.priority
services.*.oom_kill_disable services.*.oom_score_adj services.*.pid services.*.pids_limit services.*.platform
services.*.ports.[].app_protocol services.*.ports.[].host_ip services.*.ports.[].mode services.*.ports.[].name
services.*.ports.[].protocol services.*.ports.[].published services.*.ports.[].target
services.*.privileged services.*.profiles services.*.pull_policy services.*.read_only services.*.restart services.*.runtime
services.*.scale services.*.secrets.[].source services.*.secrets.[].target services.*.security_opt services.*.shm_size
services.*.stdin_open services.*.stop_grace_period services.*.stop_signal services.*.storage_opt services.*.sysctls.*
services.*.tmpfs services.*.tty services.*.ulimits.*.hard services.*.ulimits.*.soft
services.*.user services.*.userns_mode services.*.uts
services.*.volumes.[].bind.create_host_path services.*.volumes.[].bind.propagation services.*.volumes.[].bind.selinux
services.*.volumes.[].consistency services.*.volumes.[].read_only services.*.volumes.[].source
services.*.volumes.[].target services.*.volumes.[].tmpfs.mode services.*.volumes.[].tmpfs.size services.*.volumes.[].type
services.*.volumes.[].volume.labels.* services.*.volumes.[].volume.nocopy services.*.volumes.[].volume.subpath
services.*.working_dir

networks.*.attachable networks.*.driver networks.*.driver_opts.* networks.*.enable_ipv4 networks.*.enable_ipv6
networks.*.external.name networks.*.internal networks.*.ipam.config.[].aux_addresses.* networks.*.ipam.config.[].gateway
networks.*.ipam.config.[].ip_range networks.*.ipam.config.[].subnet networks.*.ipam.driver networks.*.ipam.options.*
networks.*.labels.* networks.*.name
volumes.*.driver volumes.*.driver_opts.* volumes.*.external.name volumes.*.labels.* volumes.*.name
secrets.*.external.name secrets.*.file secrets.*.labels.* secrets.*.name
configs.*.external.name configs.*.file configs.*.labels.* configs.*.name
`

// What many rules have in common.
var (
	onlySwarm    = rule{verdict: ignored, why: "is for Swarm"}
	ownedByUser  = rule{verdict: ignored, why: "is a bind mount, which keeps owner and mode of its file", fix: "chown or chmod the file"}
	needsSession = rule{verdict: refused, why: "needs a build session", fix: "build the image with docker build and name it under image"}
	notPassedOn  = rule{verdict: ignored, why: "is not passed on to the engine's BuildKit"}
	noHooks      = rule{verdict: refused, why: "would have to run a command at a moment of its own", fix: "run it in the entrypoint, or as a service others depend on"}
	noGPU        = rule{verdict: refused, why: "asks for devices that devproxy does not reserve", fix: "use devices"}
	onlyFiles    = rule{verdict: refused, why: "is not read from a file", fix: "write it to a file and use file"}
)

// unsupportedKeys are the paths that the lifecycle does not carry out.
var unsupportedKeys = map[string]rule{
	"services.*.attach":                                          {verdict: ignored, why: "chooses logs of compose up", fix: "choose services with devproxy logs SERVICE"},
	"services.*.blkio_config.device_read_bps":                    {verdict: ignored, why: "limits one device"},
	"services.*.blkio_config.device_read_iops":                   {verdict: ignored, why: "limits one device"},
	"services.*.blkio_config.device_write_bps":                   {verdict: ignored, why: "limits one device"},
	"services.*.blkio_config.device_write_iops":                  {verdict: ignored, why: "limits one device"},
	"services.*.blkio_config.weight_device":                      {verdict: ignored, why: "limits one device"},
	"services.*.build.additional_contexts":                       needsSession,
	"services.*.build.cache_to":                                  notPassedOn,
	"services.*.build.entitlements":                              needsSession,
	"services.*.build.isolation":                                 {verdict: ignored, why: "is for Windows"},
	"services.*.build.no_cache_filter":                           notPassedOn,
	"services.*.build.platforms":                                 {verdict: ignored, why: "asks for images that do not run here", fix: "use platform for the one to run", only: several},
	"services.*.build.privileged":                                needsSession,
	"services.*.build.provenance":                                {verdict: ignored, why: "is for images that are pushed"},
	"services.*.build.sbom":                                      {verdict: ignored, why: "is for images that are pushed"},
	"services.*.build.secrets":                                   needsSession,
	"services.*.build.ssh":                                       needsSession,
	"services.*.configs.[].gid":                                  ownedByUser,
	"services.*.configs.[].mode":                                 ownedByUser,
	"services.*.configs.[].uid":                                  ownedByUser,
	"services.*.credential_spec":                                 {verdict: refused, why: "is for Windows containers"},
	"services.*.depends_on.*.restart":                            {verdict: ignored, why: "would restart this service with the other one", fix: "use devproxy restart", only: isNot("false")},
	"services.*.deploy.endpoint_mode":                            onlySwarm,
	"services.*.deploy.labels":                                   onlySwarm,
	"services.*.deploy.mode":                                     {verdict: refused, why: "asks for more than one container", fix: "remove it", only: isNot("replicated", "")},
	"services.*.deploy.placement":                                onlySwarm,
	"services.*.deploy.replicas":                                 {verdict: refused, why: "asks for other than one container", fix: "set it to 1", only: isNot("1")},
	"services.*.deploy.resources.reservations.cpus":              onlySwarm,
	"services.*.deploy.resources.reservations.devices":           noGPU,
	"services.*.deploy.resources.reservations.generic_resources": onlySwarm,
	"services.*.deploy.restart_policy.delay":                     onlySwarm,
	"services.*.deploy.restart_policy.window":                    onlySwarm,
	"services.*.deploy.rollback_config":                          onlySwarm,
	"services.*.deploy.update_config":                            onlySwarm,
	"services.*.external_links":                                  {verdict: refused, why: "reaches containers outside of the project", fix: "join their network: declare it with external: true"},
	"services.*.gpus":                                            noGPU,
	"services.*.ipc":                                             {verdict: refused, why: "shares the namespace of a service that is replaced while running", only: shared},
	"services.*.links":                                           {verdict: refused, why: "predates networks", fix: "reach the service by its name, or by networks.NAME.aliases"},
	"services.*.mac_address":                                     {verdict: ignored, why: "is per network", fix: "use networks.NAME.mac_address"},
	"services.*.models":                                          {verdict: refused, why: "needs Docker Model Runner"},
	"services.*.network_mode":                                    {verdict: refused, why: "shares the network of a service that is replaced while running", fix: "put both on one of networks", only: shared},
	"services.*.networks.*.interface_name":                       {verdict: ignored, why: "names an interface, which older engines refuse"},
	"services.*.networks.*.use_service_name_alias":               {verdict: ignored, why: "takes a name away that devproxy needs", only: isNot("true")},
	"services.*.pid":                                             {verdict: refused, why: "shares the namespace of a service that is replaced while running", only: shared},
	"services.*.post_start":                                      noHooks,
	"services.*.pre_start":                                       noHooks,
	"services.*.pre_stop":                                        noHooks,
	"services.*.provider":                                        {verdict: refused, why: "is run by a plugin of Compose"},
	"services.*.pull_policy":                                     {verdict: ignored, why: "asks to refresh an image", fix: "run docker pull", only: refreshes},
	"services.*.pull_refresh_after":                              {verdict: ignored, why: "asks to refresh an image", fix: "run docker pull"},
	"services.*.scale":                                           {verdict: refused, why: "asks for other than one container", fix: "set it to 1", only: isNot("1")},
	"services.*.secrets.[].gid":                                  ownedByUser,
	"services.*.secrets.[].mode":                                 ownedByUser,
	"services.*.secrets.[].uid":                                  ownedByUser,
	"services.*.umask":                                           {verdict: refused, why: "is unknown to the engines that devproxy supports", fix: "set it in the entrypoint"},
	"services.*.use_api_socket":                                  {verdict: refused, why: "hands the engine's socket to the container", fix: "mount the socket under volumes if that is meant"},
	"services.*.uts":                                             {verdict: refused, why: "shares the namespace of a service that is replaced while running", only: shared},
	"services.*.volumes.[].bind.recursive":                       {verdict: ignored, why: "needs a newer engine"},
	"services.*.volumes.[].image":                                {verdict: refused, why: "mounts an image", fix: "copy its files into the service's image"},
	"services.*.volumes.[].type":                                 {verdict: refused, why: "is not a bind, volume or tmpfs", only: isNot("bind", "volume", "tmpfs")},
	"services.*.volumes_from":                                    {verdict: refused, why: "takes the mounts of a container that is replaced while running", fix: "mount the same named volumes in both"},

	"configs.*.content":         onlyFiles,
	"configs.*.environment":     onlyFiles,
	"configs.*.external":        {verdict: refused, why: "is kept by Swarm", fix: "use file", only: isNot("false")},
	"configs.*.template_driver": onlySwarm,
	"secrets.*.driver":          {verdict: refused, why: "is kept by Swarm", fix: "use file"},
	"secrets.*.driver_opts":     onlySwarm,
	"secrets.*.environment":     onlyFiles,
	"secrets.*.external":        {verdict: refused, why: "is kept by Swarm", fix: "use file", only: isNot("false")},
	"secrets.*.template_driver": onlySwarm,
	"jobs":                      {verdict: ignored, why: "is no service", fix: "use docker compose for jobs"},
	"models":                    {verdict: refused, why: "needs Docker Model Runner"},
}

func isNot(values ...string) func(any) bool {
	return func(value any) bool {
		for _, v := range values {
			if fmt.Sprint(value) == v {
				return false
			}
		}
		return true
	}
}

// shared says whether the namespace is another service's.
func shared(value any) bool { return strings.HasPrefix(fmt.Sprint(value), "service:") }

func several(value any) bool { list, _ := value.([]any); return len(list) > 1 }

func refreshes(value any) bool {
	policy := fmt.Sprint(value)
	return policy == "refresh" || policy == "daily" || policy == "weekly" || strings.HasPrefix(policy, "every_")
}

package project

import (
	"slices"
	"strings"

	"github.com/compose-spec/compose-go/v2/types"
)

// ExtensionName is the key of devproxy's own settings in a compose file.
const ExtensionName = "x-devproxy"

// Extension is what `x-devproxy` says about a service.
type Extension struct {
	// Runner marks the service that takes the requests. Default: the service
	// named extension-runner, else the only one.
	Runner bool
	// Port is the container port that the runner listens on. Default: the
	// target of its first entry in ports, else 8080.
	Port uint16
	// Health is the path to probe where the service has no healthcheck.
	// Default: /healthz.
	Health string
	// Binary is the absolute path of a static program on this machine that the
	// runner's containers execute from BinaryFolder, in place of one in their
	// image: a change of it needs no build. Default: none.
	Binary string
}

// BinaryFolder is where a container finds the folder that holds its Binary.
const BinaryFolder = "/devproxy-binary"

// Defaults of Extension.
const (
	defaultRunner = "extension-runner"
	defaultPort   = 8080
	defaultHealth = "/healthz"
)

// Extension is what the service says under x-devproxy, the defaults filled in.
func (p *Project) Extension(service types.ServiceConfig) Extension {
	said, _ := service.Extensions[ExtensionName].(Extension)
	if said.Port == 0 && len(service.Ports) > 0 && service.Ports[0].Target < 1<<16 {
		said.Port = uint16(service.Ports[0].Target)
	}
	if said.Port == 0 {
		said.Port = defaultPort
	}
	if said.Health == "" {
		said.Health = defaultHealth
	}
	said.Runner = service.Name == p.runner()
	return said
}

// Runner is the service that takes the requests. It fails with a LoadError when
// the files do not say which one it is.
func (p *Project) Runner() (types.ServiceConfig, error) {
	if name := p.runner(); name != "" {
		return p.Compose.Services[name], nil
	}
	names := p.Compose.ServiceNames()
	slices.Sort(names)
	at := p.sources.locate("services")
	problem := p.sources.problem(at, CodeReference)
	problem.Message = "no service is the runner"
	problem.Fix = "add \"" + ExtensionName + ": {runner: true}\" to one of " + strings.Join(names, ", ")
	if len(names) == 0 {
		problem.Message, problem.Fix = "no service is enabled", p.enabling()
	}
	return types.ServiceConfig{}, fail(problem)
}

// enabling says how a project without an enabled service gets one.
func (p *Project) enabling() string {
	disabled := p.DisabledServiceNames()
	if len(disabled) == 0 {
		return "add the runner under services"
	}
	return "enable one of " + strings.Join(disabled, ", ") + " with --profile or COMPOSE_PROFILES"
}

func (p *Project) runner() string {
	names := p.Compose.ServiceNames()
	slices.Sort(names)
	for _, name := range names {
		if said, ok := p.Compose.Services[name].Extensions[ExtensionName].(Extension); ok && said.Runner {
			return name
		}
	}
	if slices.Contains(names, defaultRunner) {
		return defaultRunner
	}
	if len(names) == 1 {
		return names[0]
	}
	return ""
}

package project

import (
	"path"
	"path/filepath"

	"github.com/compose-spec/compose-go/v2/types"
)

// MountedBinary is what the program of a host path is called in the containers
// that execute it.
func MountedBinary(binary string) string { return path.Join(BinaryFolder, filepath.Base(binary)) }

// binaries finds the services whose x-devproxy.binary would never be executed:
// that they run an older program without a word is what nobody would guess.
func (l *loading) binaries(compose *types.Project) []Problem {
	runner := (&Project{Compose: compose}).runner()
	var problems []Problem
	for _, name := range sortedKeys(compose.Services) {
		service := compose.Services[name]
		said, _ := service.Extensions[ExtensionName].(Extension)
		mounted := MountedBinary(said.Binary)
		at := ofService(name, ExtensionName, "binary")
		switch {
		case said.Binary == "":
		case name != runner:
			problems = append(problems, l.sources.wrong(at, CodeValue, "remove it, or add \"runner: true\" beside it",
				"%s.binary is only for the runner", ExtensionName))
		case program(service) != mounted:
			problems = append(problems, l.sources.wrong(at, CodeValue, "add \"entrypoint: ["+mounted+"]\"",
				"%s is mounted as %s, but the service executes %s", shown(l.dir, said.Binary), mounted, program(service)))
		}
	}
	return problems
}

// program is what the service's container executes, as a message calls it.
func program(service types.ServiceConfig) string {
	switch {
	case len(service.Entrypoint) > 0:
		return service.Entrypoint[0]
	case len(service.Command) > 0:
		return service.Command[0]
	}
	return "what its image says"
}

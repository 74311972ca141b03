package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/compose-spec/compose-go/v2/types"

	composefile "github.com/same-origin/devproxy/compose/project"
)

// loadCompose reads the compose project; nil where there is none.
func (p *patient) loadCompose(ctx context.Context) (*composefile.Project, error) {
	c := p.settings.compose
	if c == nil {
		return nil, nil
	}
	return composefile.Load(ctx, composefile.Options{Files: c.Files, EnvFiles: c.EnvFiles, Profiles: c.Profiles, Name: c.Project})
}

// checkCompose names what keeps a project from starting, and what makes it
// start on one machine and not on the next.
func checkCompose(ctx context.Context, p *patient) []finding {
	loaded, err := p.loadCompose(ctx)
	var load *composefile.LoadError
	switch {
	case errors.As(err, &load):
		return ofProblems(stateWrong, load.Problems)
	case err != nil:
		return ofFault(stateWrong, composeFault(err))
	case loaded == nil:
		return skipped("no compose file is named, and none here speaks of a runner")
	}
	found := ofProblems(stateWarning, loaded.Warnings)
	for _, name := range loaded.Compose.ServiceNames() {
		found = append(found, pitfalls(loaded.Compose.Services[name])...)
	}
	if len(found) > 0 {
		return found
	}
	return fine("%s: %d service(s)", strings.Join(loaded.Compose.ComposeFiles, ", "), len(loaded.Compose.Services))
}

// ofProblems takes over what is wrong with the files; a missing env file is
// made where an example lies beside it.
func ofProblems(state string, list []composefile.Problem) (found []finding) {
	for _, problem := range list {
		f := finding{State: state, Code: problem.Code, Cause: problem.Words(), Fix: problem.Fix}
		if f.Fix == "" {
			f.Fix = "remove it, or start this service with Docker Compose"
		}
		if problem.HasExample() {
			f.Repair = strings.TrimPrefix(problem.Fix, "run: ")
			f.repair = func(context.Context) error {
				_, err := composefile.CopyExample(problem)
				return err
			}
		}
		found = append(found, f)
	}
	return found
}

// pitfalls are what a file may say, and regret elsewhere.
func pitfalls(service types.ServiceConfig) (found []finding) {
	if service.ContainerName != "" {
		found = append(found, finding{State: stateWarning, Code: "container_name_fixed", Cause: fmt.Sprintf("service %q has a fixed name, so two checkouts cannot run at once", service.Name),
			Evidence: "container_name: " + service.ContainerName, Fix: "remove container_name; services reach each other by their own names"})
	}
	if where := speaksOfHost(service); where != "" && !namesHost(service) && service.NetworkMode != "host" {
		found = append(found, finding{State: stateWrong, Code: "extra_hosts_missing", Cause: fmt.Sprintf("service %q uses %s, which Docker on Linux does not know by itself", service.Name, gatewayName),
			Evidence: where, Fix: fmt.Sprintf("add to the service: extra_hosts: [\"%s:host-gateway\"]", gatewayName)})
	}
	return found
}

// speaksOfHost is where the service names this machine: the variable, without
// its value, which may hold a password.
func speaksOfHost(service types.ServiceConfig) string {
	for _, name := range sortedKeys(service.Environment) {
		if value := service.Environment[name]; value != nil && strings.Contains(*value, gatewayName) {
			return "environment: " + name
		}
	}
	if strings.Contains(strings.Join(append(service.Entrypoint, service.Command...), " "), gatewayName) {
		return "command"
	}
	return ""
}

func namesHost(service types.ServiceConfig) bool {
	_, ok := service.ExtraHosts[gatewayName]
	return ok
}

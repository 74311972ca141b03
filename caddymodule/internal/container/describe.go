package container

import (
	"errors"

	"github.com/same-origin/devproxy/compose/docker"
	"github.com/same-origin/devproxy/compose/project"
	"github.com/same-origin/devproxy/compose/stack"
)

// Codes of what this package itself finds.
const (
	codeUnhealthy  = "runner_unhealthy"
	codeNotStarted = "runner_not_started"
)

// describe gives an error's stable code and what to do about it.
func describe(err error) (code, fix string) {
	var unavailable *docker.UnavailableError
	var load *project.LoadError
	var unhealthy *stack.UnhealthyError
	var engine *docker.Error
	switch {
	case errors.As(err, &unavailable):
		return string(docker.CodeUnavailable), "start Docker, or set DOCKER_HOST; it is used as soon as it answers"
	case errors.As(err, &load):
		return load.Problems[0].Code, load.Problems[0].Fix
	case errors.As(err, &unhealthy):
		return codeUnhealthy, unhealthy.Fix()
	case errors.As(err, &engine):
		return string(engine.Code), engine.Fix
	}
	return codeNotStarted, "see the message"
}

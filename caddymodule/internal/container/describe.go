package container

import (
	"errors"

	"github.com/same-origin/devproxy/caddymodule/runner/image"
	"github.com/same-origin/devproxy/compose/docker"
	"github.com/same-origin/devproxy/compose/project"
	"github.com/same-origin/devproxy/compose/stack"
)

// Codes of what this package itself finds.
const (
	codeUnhealthy  = "runner_unhealthy"
	codeNotStarted = "runner_not_started"
)

// describe gives an error's stable code, its words, and what to do about it, each
// of which is shown once.
func describe(err error) (code, words, fix string) {
	var unavailable *docker.UnavailableError
	var load *project.LoadError
	var unhealthy *stack.UnhealthyError
	var engine *docker.Error
	var binary *image.NoBinaryError
	switch {
	case errors.As(err, &unavailable):
		return string(unavailable.Code()), docker.Words(err), unavailable.Fix() + "; it is used as soon as it answers"
	case errors.As(err, &load) && len(load.Problems) == 1:
		return load.Problems[0].Code, load.Problems[0].Words(), load.Problems[0].Fix
	case errors.As(err, &load): // each has its own
		return load.Problems[0].Code, err.Error(), "correct the files"
	case errors.As(err, &unhealthy):
		return codeUnhealthy, err.Error(), unhealthy.Fix()
	case errors.As(err, &engine):
		return string(engine.Code), docker.Words(err), engine.Fix
	case errors.As(err, &binary):
		return codeNotStarted, err.Error(), binary.Fix()
	}
	return codeNotStarted, err.Error(), "see the message"
}

package docker

import (
	"cmp"
	"errors"
	"fmt"
	"strings"

	"github.com/same-origin/devproxy/compose/runnerclient"
)

// Attempt is one place where no engine answered.
type Attempt struct {
	Source   string // what named it, e.g. "DOCKER_HOST"
	Endpoint string // e.g. "unix:///var/run/docker.sock"
	Err      error
}

// UnavailableError says that no engine answered, and where it was looked for.
type UnavailableError struct{ Tried []Attempt }

// Code is "engine_unavailable", or "engine_denied" of a docker-runner that answered
// and refused.
func (e *UnavailableError) Code() Code {
	if e.denied() != nil {
		return CodeDenied
	}
	return CodeUnavailable
}

// denied is why a docker-runner lets nobody through; nil when that is not it.
func (e *UnavailableError) denied() *runnerclient.RequestError {
	var refused *runnerclient.RequestError
	if len(e.Tried) == 1 && errors.As(e.Tried[0].Err, &refused) && refused.Status/100 == 4 {
		return refused
	}
	return nil
}

// permits say how a docker-runner is made to let us through, by its code.
var permits = map[string]string{
	"invalid_signature":      "set DOCKER_RUNNER_SHARED_SECRET to the docker-runner's own",
	"timestamp_out_of_range": "have both machines set their clocks, by NTP for example",
	"streams_disabled":       "start the docker-runner with DOCKER_RUNNER_STREAMS=true, or run devproxy on its machine",
	"route_not_found":        "update devproxy on the docker-runner's machine, or correct the path in RUNNER_DOCKER_API",
}

// Fix is what to do next.
func (e *UnavailableError) Fix() string {
	var address *addressError
	if len(e.Tried) == 1 && errors.As(e.Tried[0].Err, &address) {
		return address.fix
	}
	if refused := e.denied(); refused != nil {
		return cmp.Or(permits[refused.Code], "correct RUNNER_DOCKER_API: what answers there is no docker-runner, or another one")
	}
	if len(e.Tried) == 1 && strings.HasPrefix(e.Tried[0].Endpoint, apiScheme) {
		return "start `devproxy docker-runner` and the engine on that machine, or unset RUNNER_DOCKER_API"
	}
	if len(e.Tried) == 1 {
		return "start that engine, or unset what names it to search the known sockets"
	}
	return "start Docker (Docker Desktop, Colima, OrbStack, Podman or dockerd), or set DOCKER_HOST"
}

func (e *UnavailableError) Error() string {
	return e.words() + "\nfix: " + e.Fix()
}

func (e *UnavailableError) words() string {
	var text strings.Builder
	text.WriteString("no container engine answers; tried:")
	for _, a := range e.Tried {
		fmt.Fprintf(&text, "\n  %s", a.Source)
		if a.Endpoint != "" {
			fmt.Fprintf(&text, " (%s)", a.Endpoint)
		}
		fmt.Fprintf(&text, ": %v", a.Err)
	}
	return text.String()
}

// Unwrap gives each attempt's reason.
func (e *UnavailableError) Unwrap() []error {
	errs := make([]error, len(e.Tried))
	for i, a := range e.Tried {
		errs[i] = a.Err
	}
	return errs
}

// addressError is an address that cannot be that of an engine.
type addressError struct{ reason, fix string }

func (e *addressError) Error() string { return e.reason }

// Interface guards
var (
	_ error = (*UnavailableError)(nil)
	_ error = (*addressError)(nil)
)

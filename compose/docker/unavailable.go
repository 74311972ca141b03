package docker

import (
	"errors"
	"fmt"
	"strings"
)

// Attempt is one place where no engine answered.
type Attempt struct {
	Source   string // what named it, e.g. "DOCKER_HOST"
	Endpoint string // e.g. "unix:///var/run/docker.sock"
	Err      error
}

// UnavailableError says that no engine answered, and where it was looked for.
type UnavailableError struct{ Tried []Attempt }

// Code is "engine_unavailable".
func (e *UnavailableError) Code() Code { return CodeUnavailable }

// Fix is what to do next.
func (e *UnavailableError) Fix() string {
	var address *addressError
	if len(e.Tried) == 1 && errors.As(e.Tried[0].Err, &address) {
		return address.fix
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

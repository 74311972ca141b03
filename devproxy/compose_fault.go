package main

import (
	"errors"
	"strings"

	"github.com/same-origin/devproxy/compose/docker"
	composefile "github.com/same-origin/devproxy/compose/project"
)

// dockerFault gives an error of the engine or of a compose file its code, its
// fix and its exit code; others stay what they are.
func dockerFault(err error) error {
	var unavailable *docker.UnavailableError
	var load *composefile.LoadError
	var engine *docker.Error
	switch {
	case errors.As(err, &unavailable):
		tried := strings.TrimSuffix(err.Error(), "\nfix: "+unavailable.Fix())
		return &fault{Code: string(unavailable.Code()), Exit: exitEngine, Err: errors.New(tried), Fix: unavailable.Fix()}
	case errors.As(err, &load):
		return composeFault(err)
	case errors.As(err, &engine):
		f := &fault{Exit: exitFailure, Fix: engine.Fix, Err: errors.New(strings.TrimSuffix(err.Error(), " ("+engine.Fix+")"))}
		if f.Code = string(engine.Code); engine.Code == docker.CodeUnavailable {
			f.Exit = exitEngine
		}
		return f
	}
	return err
}

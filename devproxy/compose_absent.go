package main

// compose_absent.go says what to do where there is no project, or no container
// of it.

import (
	"errors"
	"fmt"

	"github.com/same-origin/devproxy/caddymodule/runnerstatus"
	"github.com/same-origin/devproxy/compose/docker"
)

// codeStarting is the one absence that ends by itself.
const codeStarting = "runner_starting"

// noProject says why there is no compose project.
func noProject(running *runnerstatus.Snapshot) *fault {
	if f := trouble(running); f != nil {
		return f
	}
	return &fault{Code: "no_compose_project", Exit: exitFailure,
		Err: errors.New("no compose project runs here, and no earlier devproxy left one"),
		Fix: "start one with 'devproxy up --backend docker', or name its compose file with --file"}
}

// trouble is what keeps the docker backend from having a container; nil when
// there is no such backend, or nothing does.
func trouble(running *runnerstatus.Snapshot) *fault {
	b := running.Docker()
	if f := noEngine(running); f != nil {
		return f
	}
	switch {
	case b == nil:
	case b.Error != nil:
		return &fault{Code: "no_compose_project", Exit: exitFailure,
			Err: fmt.Errorf("the docker backend is down: %s: %s", b.Error.Code, b.Error.Message), Fix: b.Error.Fix}
	case b.Status == runnerstatus.Starting:
		return &fault{Code: codeStarting, Exit: exitFailure,
			Err: errors.New("the docker backend is starting and has no container yet"), Fix: "wait a moment; 'devproxy status' shows when it is up"}
	}
	return nil
}

// noEngine is that the running devproxy reaches no container engine; nil when
// it does, or asks for none.
func noEngine(running *runnerstatus.Snapshot) *fault {
	b := running.Docker()
	if b == nil || b.Error == nil || b.Error.Code != string(docker.CodeUnavailable) && b.Error.Code != string(docker.CodeDenied) {
		return nil
	}
	return &fault{Code: b.Error.Code, Exit: exitEngine, Err: errors.New(b.Error.Message), Fix: b.Error.Fix}
}

// isStarting says whether to ask again in a moment.
func isStarting(err error) bool {
	var f *fault
	return errors.As(err, &f) && f.Code == codeStarting
}

// noContainer is a project without any: what is the case, and what to do.
func (o *opened) noContainer() string {
	if f := trouble(o.running); f != nil {
		return said(f)
	}
	name := o.Project.Compose.Name
	if o.running != nil {
		return fmt.Sprintf("project %s has no container; 'devproxy restart' makes one", name)
	}
	return fmt.Sprintf("project %s has no container; 'devproxy up --backend docker' makes one", name)
}

// notRunning refuses what needs a container of the service that runs.
func (o *opened) notRunning(service string) *fault {
	f := &fault{Code: "not_running", Exit: exitFailure,
		Err: fmt.Errorf("no container of service %s in project %s runs", service, o.Project.Compose.Name),
		Fix: "start it with 'devproxy up --backend docker'"}
	if o.running != nil {
		f.Fix = fmt.Sprintf("see 'devproxy ps', or start it with 'devproxy restart %s'", service)
	}
	return f
}

// said is a fault as a note: nothing went wrong.
func said(err error) string {
	f := asFault(err)
	if f.Fix == "" {
		return f.Err.Error()
	}
	return f.Err.Error() + "; " + f.Fix
}

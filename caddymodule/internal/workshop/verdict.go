package workshop

import (
	"errors"
	"fmt"

	"github.com/dustin/go-humanize"

	"github.com/same-origin/devproxy/caddymodule/internal/build"
	"github.com/same-origin/devproxy/caddymodule/internal/event"
	"github.com/same-origin/devproxy/compose/docker"
	"github.com/same-origin/devproxy/compose/launcher"
	"github.com/same-origin/devproxy/compose/project"
)

// Codes of builds in containers; those of the engine come beside them.
const (
	codeTimeout = "build_timeout"        // it was killed after its time
	codeMissing = "build_output_missing" // it made nothing
	codeRefused = "build_output_refused" // what it made cannot be taken over
)

// verdict is nil after a success, a problem where the container is to blame, and
// else how the command ended, for its output to explain.
func (r *room) verdict(c build.Command, o launcher.Outcome) error {
	problem := event.Problem{}
	switch {
	case o.Status == launcher.Succeeded:
		return nil
	case o.Err != nil:
		return o.Err
	case o.Status == launcher.TimedOut:
		problem.Code = codeTimeout
		problem.Message = fmt.Sprintf("`%s` ran longer than %v in its container and was killed", c, r.timeout())
		problem.Fix = "raise `timeout` in the block of build_container, or find out in the output what it waits for"
	case o.OOMKilled:
		problem.Code = string(docker.CodeOutOfMemory)
		problem.Message = fmt.Sprintf("`%s` needs more memory than its container has", c)
		if r.container.Memory > 0 {
			problem.Message += ", " + humanize.IBytes(uint64(r.container.Memory))
		}
		problem.Fix = "raise `memory` in the block of build_container"
	case o.Status == launcher.Failed:
		return exitError(o.Code)
	default:
		problem.Code, problem.Message, problem.Fix = build.CodeFailed, fmt.Sprintf("the container of `%s` ended: %s", c, o.Reason), "save again to build anew"
	}
	return &build.Error{Problem: problem}
}

// exitError is how a command ended.
type exitError int

func (e exitError) Error() string { return fmt.Sprintf("exit status %d in its container", int(e)) }

// fault gives errors of the engine, of compose files and of the launcher as
// problems with their codes.
func fault(err error) error {
	var (
		told        *build.Error
		exit        exitError
		unavailable *docker.UnavailableError
		engine      *docker.Error
		load        *project.LoadError
		busy        *launcher.Error
	)
	p := event.Problem{Code: build.CodeFailed, Message: docker.Words(err)}
	switch {
	case errors.As(err, &told), errors.As(err, &exit):
		return err
	case errors.As(err, &unavailable):
		p.Code, p.Fix = string(unavailable.Code()), unavailable.Fix()+", and save again"
	case errors.As(err, &engine):
		p.Code, p.Fix = string(engine.Code), engine.Fix
		if engine.Code == docker.CodeImageNotFound {
			p.Fix = "check the image of build_container, or pull it with `docker pull`"
		}
	case errors.As(err, &load) && len(load.Problems) > 0:
		p.Code, p.Fix = load.Problems[0].Code, load.Problems[0].Fix
	case errors.As(err, &busy):
		p.Code, p.Fix = busy.Code, "save again later"
	}
	return &build.Error{Problem: p}
}

// refused is an output that cannot be taken over.
func refused(output string, err error) error {
	return &build.Error{Problem: event.Problem{
		Code: codeRefused, Message: fmt.Sprintf("taking over %s from the build's container: %v", output, err),
		Fix: "name folders of the extension with `output`, and have the build write plain files below 1 GiB there",
	}}
}

package stack

import (
	"errors"
	"time"

	"github.com/same-origin/devproxy/compose/docker"
)

// Status is what a Supervisor reports of the live generation.
type Status struct {
	Up         bool
	Generation *Generation
	Code       string        // why it is down: "runner_died", "runner_hung", "engine_unavailable" or an engine's code
	Reason     string        // in words
	Fix        string        // what to do next
	Attempt    int           // the coming restart, from 1; 0 when none is coming
	Delay      time.Duration // until that restart
	GivenUp    bool          // no more restarts until a new generation is deployed
}

// failure puts an error into a status.
func failure(live *Generation, err error) Status {
	status := Status{Generation: live, Code: "runner_died", Reason: docker.Words(err)}
	var engine *docker.Error
	var unhealthy *UnhealthyError
	switch {
	case errors.As(err, &unhealthy):
		status.Reason, status.Fix = unhealthy.Reason, unhealthy.Fix()
	case errors.As(err, &engine):
		status.Code, status.Fix = string(engine.Code), engine.Fix
	}
	return status
}

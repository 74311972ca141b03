package main

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/same-origin/devproxy/compose/docker"
	"github.com/same-origin/devproxy/compose/stack"
)

// oldestAPI is that of Docker 20.10, the oldest engine devproxy is tested on.
const oldestAPI = "1.41"

// checkEngine asks the engine for something that only an agreed API version
// answers.
func checkEngine(ctx context.Context, p *patient) []finding {
	if p.engine == nil {
		found := ofFault(stateWarning, dockerFault(p.engineErr))
		if p.settings.needsEngine {
			found[0].State = stateWrong
		} else {
			found[0].Cause += "\nextensions run without one, in devproxy itself; --backend docker needs it"
		}
		return found
	}
	ctx, cancel := context.WithTimeout(ctx, engineLimit)
	defer cancel()
	info, err := p.engine.Info(ctx)
	if err != nil {
		return []finding{{State: stateWrong, Code: "engine_api", Cause: "the container engine answers, and not to API version " + p.engine.APIVersion(), Evidence: err.Error(), Fix: apiFix()}}
	}
	where := fmt.Sprintf("%s (%s), version %s, API %s, %s", p.engine.Endpoint(), p.engine.Source(), info.Version, p.engine.APIVersion(), info.Platform)
	if older(p.engine.APIVersion(), oldestAPI) {
		return []finding{{State: stateWarning, Code: "engine_old", Cause: "API versions below " + oldestAPI + " (Docker 20.10) are not tested", Evidence: where, Fix: apiFix()}}
	}
	if host := p.engine.Remote(); host != "" && !p.engine.Through() {
		return []finding{{State: stateWarning, Code: "engine_remote", Cause: "the container engine is on another machine: containers there find neither files nor bundles of this one",
			Evidence: where, Fix: "unset DOCKER_HOST to use an engine of this machine, or run devproxy on " + host}}
	}
	return fine("%s", where)
}

func apiFix() string {
	if os.Getenv("DOCKER_API_VERSION") != "" {
		return "unset DOCKER_API_VERSION, so that devproxy and the engine agree by themselves"
	}
	return "update the engine"
}

// older compares "1.9" and "1.41" by their numbers.
func older(a, b string) bool {
	major1, minor1, _ := strings.Cut(a, ".")
	major2, minor2, _ := strings.Cut(b, ".")
	if major1 != major2 {
		return number(major1) < number(major2)
	}
	return number(minor1) < number(minor2)
}

// number is 0 where the text is none.
func number(text string) int {
	n, err := strconv.Atoi(text)
	if err != nil {
		return 0
	}
	return n
}

// clockPatience is how far the clocks may be apart: timestamps of logs are
// merged, and tokens and certificates expire.
const clockPatience = 3 * time.Second

// checkClock compares the engine's clock, in a virtual machine that slept
// perhaps, with ours, halfway between question and answer.
func checkClock(ctx context.Context, p *patient) []finding {
	if p.engine == nil {
		return skipped("there is no container engine")
	}
	ctx, cancel := context.WithTimeout(ctx, engineLimit)
	defer cancel()
	asked := time.Now()
	info, err := p.engine.Info(ctx)
	if err != nil || info.Time.IsZero() {
		return skipped("the engine does not tell its time")
	}
	took := time.Since(asked)
	skew := info.Time.Sub(asked.Add(took / 2))
	if skew.Abs() > clockPatience+took {
		return []finding{{State: stateWrong, Code: "clock_skew", Cause: "the engine's clock is not this machine's, so times in logs lie and tokens expire early or late",
			Evidence: fmt.Sprintf("it is %s (%s off)", info.Time.Format(time.RFC3339), skew.Round(time.Second)),
			Fix:      "restart the engine's virtual machine (Docker Desktop, Colima), or let it set its clock by NTP"}}
	}
	return fine("it is %s off", skew.Round(time.Millisecond))
}

// checkContainers finds what a devproxy that was killed left in the engine.
func checkContainers(ctx context.Context, p *patient) []finding {
	switch {
	case p.engine == nil:
		return skipped("there is no container engine")
	case p.running:
		return fine("a devproxy runs, and looks after its containers")
	}
	ctx, cancel := context.WithTimeout(ctx, engineLimit)
	defer cancel()
	list, err := p.engine.Containers(ctx, map[string]string{stack.InstanceLabel: p.project.instance()})
	if err != nil {
		return skipped("%v", err)
	}
	var ended, alive []docker.Container
	for _, c := range list {
		if c.Running() {
			alive = append(alive, c)
		} else {
			ended = append(ended, c)
		}
	}
	switch {
	case len(ended) > 0:
		return []finding{p.leftBehind(ended)}
	case len(alive) > 0:
		return fine("%s run(s) on from an earlier devproxy; 'devproxy up' takes over, 'devproxy down' removes", namesOf(alive))
	}
	return fine("there are none of %s", p.project.Dir)
}

func (p *patient) leftBehind(ended []docker.Container) finding {
	return finding{
		State: stateWarning, Code: "containers_left", Cause: "an earlier devproxy left containers that have ended", Evidence: namesOf(ended),
		Fix: "devproxy down", Repair: "remove " + namesOf(ended) + "; volumes stay",
		repair: func(ctx context.Context) error {
			for _, c := range ended {
				if err := p.engine.RemoveContainer(ctx, c.ID); err != nil {
					return err
				}
			}
			return nil
		},
	}
}

func namesOf(list []docker.Container) string {
	names := make([]string, len(list))
	for i, c := range list {
		names[i] = c.Name + " (" + c.State + ")"
	}
	return strings.Join(names, ", ")
}

package stack

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/same-origin/devproxy/compose/docker"
)

// pollInterval is how often a starting container is looked at; looking costs the
// engine half a millisecond.
const pollInterval = 10 * time.Millisecond

// probeTimeout bounds one probe of a container that accepts but does not answer.
const probeTimeout = 2 * time.Second

// verdict is what a look at a container says of its start.
type verdict int

const (
	pending verdict = iota
	ready
	failed
)

// awaitHealthy waits until a started container is ready, and fails at once when
// it cannot get so any more. The error is an *UnhealthyError, or the engine's.
func (s *Stack) awaitHealthy(ctx context.Context, id string) (docker.Container, error) {
	deadline := time.NewTimer(s.StartPeriod)
	defer deadline.Stop()
	poll := time.NewTicker(pollInterval)
	defer poll.Stop()
	var last error
	for {
		c, state, err := s.look(ctx, id)
		switch {
		case ctx.Err() != nil:
			return c, fmt.Errorf("waiting for container %s: %w", c.Name, ctx.Err())
		case state != pending:
			return c, err
		}
		last = err
		select {
		case <-poll.C:
		case <-ctx.Done():
		case <-deadline.C:
			return c, &UnhealthyError{Container: c, Reason: late(s.StartPeriod, last)}
		}
	}
}

// look judges a container by its own health check, else by a probe of its
// address. The error says why it is not ready.
func (s *Stack) look(ctx context.Context, id string) (docker.Container, verdict, error) {
	c, err := s.Engine.Inspect(ctx, id)
	switch {
	case docker.Is(err, docker.CodeContainerNotFound):
		return c, failed, &UnhealthyError{Container: c, Reason: "it was removed"}
	case err != nil:
		return c, failed, err
	case !c.Running():
		return c, failed, &UnhealthyError{Container: c, Reason: ended(c)}
	case c.Health == docker.HealthHealthy:
		return c, ready, nil
	case c.Health == docker.HealthUnhealthy:
		return c, failed, &UnhealthyError{Container: c, Reason: "its health check fails"}
	case c.Health == docker.HealthNone && serviceOf(c.Labels) != s.Runner:
		return c, ready, nil // without a health check, running is all there is to ask
	}
	if err := s.ask(ctx, c); err != nil {
		return c, pending, err
	}
	return c, ready, nil
}

// ask runs the container's health check now, or probes its address. Engines wait
// a whole interval, 30 s by default, before they check for the first time, and
// only newer ones can be told to begin sooner.
func (s *Stack) ask(ctx context.Context, c docker.Container) error {
	ctx, cancel := context.WithTimeout(ctx, probeTimeout)
	defer cancel()
	if c.Health == docker.HealthNone {
		return s.Probe(ctx, s.Engine.Address(c, s.Port))
	}
	var said bytes.Buffer
	code, err := s.Engine.Exec(ctx, c.ID, docker.ExecSpec{Cmd: c.HealthCmd, Stdout: &said, Stderr: &said})
	if err != nil {
		return err
	}
	if code != 0 {
		return fmt.Errorf("its health check exits with code %d: %s", code, bytes.TrimSpace(said.Bytes()))
	}
	return nil
}

func late(period time.Duration, last error) string {
	return fmt.Sprintf("it did not get healthy within %v: %v", period, last)
}

// ended says in words how a container came to its end.
func ended(c docker.Container) string {
	switch {
	case c.OOMKilled:
		return "it ran out of memory and was killed (raise `mem_limit`)"
	case c.ExitCode > 128:
		return fmt.Sprintf("it was ended by signal %d (exit code %d)", c.ExitCode-128, c.ExitCode)
	}
	return fmt.Sprintf("it exited with code %d", c.ExitCode)
}

// direct asks generations without a detour: no proxy of the environment's, and no
// redirect to what may be anywhere. Each request has a connection of its own: kept
// ones would outlive the container.
type direct struct{ http.Client }

func newDirect(engine *docker.Engine) *direct {
	return &direct{http.Client{
		Transport:     &http.Transport{DisableKeepAlives: true, DialContext: engine.DialContext},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// probe asks GET path for a 200.
func (d *direct) probe(path string) func(context.Context, string) error {
	return func(ctx context.Context, address string) error { return d.get(ctx, "http://"+address+path) }
}

func (d *direct) get(ctx context.Context, url string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return fmt.Errorf("probing %s: %w", url, err)
	}
	response, err := d.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(response.Body, 64<<10))
	if response.StatusCode != http.StatusOK {
		return &statusError{url, response.Status}
	}
	return nil
}

// statusError is an answer other than 200.
type statusError struct{ url, status string }

func (e *statusError) Error() string { return fmt.Sprintf("GET %s answers %s", e.url, e.status) }

// Interface guards
var _ error = (*statusError)(nil)

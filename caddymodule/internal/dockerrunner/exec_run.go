package dockerrunner

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"
)

// runBody is the request of /v1/exec/run.
type runBody struct {
	ContainerID string     `json:"containerId"`
	Command     command    `json:"command"`
	Options     runOptions `json:"options"`
}

// runOptions are all optional; a timeout of 0 is none.
type runOptions struct {
	Workdir       string  `json:"workdir"`
	Env           environ `json:"env"`
	TimeoutMs     int64   `json:"timeoutMs"`
	IdleTimeoutMs int64   `json:"idleTimeoutMs"`
	TTY           bool    `json:"tty"`
	KillOnTimeout bool    `json:"killOnTimeout"`
	LogToPid1     bool    `json:"logToPid1"`
}

// UnmarshalJSON takes keys for what they are.
func (o *runOptions) UnmarshalJSON(text []byte) error { return fields(text, o, false) }

// maxTimeout in milliseconds: a month.
const maxTimeout = 31 * 24 * 3600 * 1000

func (b *runBody) check(c *call) error {
	if err := c.about(b.ContainerID); err != nil {
		return err
	}
	if b.Command == nil {
		return invalid("command: expected a string, or an array of strings")
	}
	for name, ms := range map[string]int64{"timeoutMs": b.Options.TimeoutMs, "idleTimeoutMs": b.Options.IdleTimeoutMs} {
		if ms < 0 || ms > maxTimeout {
			return invalid("options: %s: expected a number from 0 to %d, got %d", name, maxTimeout, ms)
		}
	}
	return nil
}

// spec is the command in the engine's terms.
func (b *runBody) spec() execSpec {
	spec := execSpec{Cmd: b.Command, Env: b.Options.Env, WorkingDir: b.Options.Workdir, TTY: b.Options.TTY}
	if b.Options.LogToPid1 {
		spec.Cmd, spec.TTY = toPid1(b.Command), false
	}
	return spec
}

// toPid1 copies what a command writes to the log of its container, stream by
// stream; the exit code stays the command's.
func toPid1(cmd []string) []string {
	const script = `set -o pipefail; { { "$@" | tee -a /proc/1/fd/1 >&3; } 2>&1 | tee -a /proc/1/fd/2 >&2; } 3>&1`
	return append([]string{"/bin/bash", "-lc", script, "exec"}, cmd...)
}

func (s *Service) execRun(c *call) error {
	var body runBody
	if err := c.decode(&body, false); err != nil {
		return err
	}
	if err := body.check(c); err != nil {
		return err
	}
	ctx, cancel := s.context(c)
	defer cancel()
	found, err := s.alive(ctx, body.ContainerID)
	if err != nil {
		return err
	}
	defer s.use(found)()
	result, err := s.runCommand(ctx, found.ID, &body)
	if err != nil {
		return err
	}
	c.reply(http.StatusOK, result)
	return nil
}

// runResult is the answer of /v1/exec/run. Bytes that are no UTF-8 are replaced.
type runResult struct {
	Stdout   string `json:"stdout"`
	Stderr   string `json:"stderr"`
	ExitCode int    `json:"exitCode"`
}

func (s *Service) runCommand(ctx context.Context, container string, body *runBody) (runResult, error) {
	ctx, limits := limited(ctx, body.Options)
	defer limits.stop()
	e, err := s.execute(ctx, container, body.spec(), body.Options.KillOnTimeout)
	if err != nil {
		return runResult{}, limits.timedOut(ctx, err)
	}
	defer e.Close()
	var stdout, stderr bytes.Buffer
	limits.arm()
	err = e.output(limits.watch(&stdout), limits.watch(&stderr), true)
	code := unknownExit
	if err == nil {
		code, err = e.exit(ctx)
	}
	if err = limits.timedOut(ctx, err); isTimeout(err) && body.Options.KillOnTimeout {
		e.kill(ctx)
	}
	return runResult{stdout.String(), stderr.String(), code}, err
}

// timeoutError is what clients know a timeout by.
type timeoutError struct {
	idle  bool
	after time.Duration
}

func (e *timeoutError) Error() string {
	if e.idle {
		return fmt.Sprintf("Exec idle timed out after %dms", e.after.Milliseconds())
	}
	return fmt.Sprintf("Exec timed out after %dms", e.after.Milliseconds())
}

func isTimeout(err error) bool {
	var timeout *timeoutError
	return errors.As(err, &timeout)
}

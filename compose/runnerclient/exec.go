package runnerclient

import (
	"context"
	"net/http"
	"time"
)

// execSlack is what a request has beyond what it waits for.
const execSlack = 5 * time.Second

// ExecSpec is a command to run in a container that runs.
type ExecSpec struct {
	Shell   string   // a line for /bin/sh; or
	Args    []string // a command and its arguments, as they are
	Workdir string
	Env     map[string]string
	TTY     bool
	// Timeout and IdleTimeout end the wait; 0: never. Whole milliseconds.
	Timeout, IdleTimeout time.Duration
	KillOnTimeout        bool // and with it the command
	LogToPid1            bool // copies what it writes to the container's log
}

// ExecResult is how a command ended.
type ExecResult struct {
	Stdout, Stderr string
	ExitCode       int // -1: unknown
}

type execOptions struct {
	Workdir       string            `json:"workdir,omitempty"`
	Env           map[string]string `json:"env,omitempty"`
	TimeoutMs     int64             `json:"timeoutMs,omitempty"`
	IdleTimeoutMs int64             `json:"idleTimeoutMs,omitempty"`
	TTY           bool              `json:"tty,omitempty"`
	KillOnTimeout bool              `json:"killOnTimeout,omitempty"`
	LogToPid1     bool              `json:"logToPid1,omitempty"`
}

// Exec runs a command. It is never tried again: it may have run. It waits for the
// command's own timeouts, and for the client's where there are none.
func (c *Client) Exec(ctx context.Context, id string, spec ExecSpec) (ExecResult, error) {
	body := struct {
		ContainerID string      `json:"containerId"`
		Command     any         `json:"command"`
		Options     execOptions `json:"options"`
	}{id, spec.command(), execOptions{
		Workdir: spec.Workdir, Env: spec.Env, TTY: spec.TTY, KillOnTimeout: spec.KillOnTimeout, LogToPid1: spec.LogToPid1,
		TimeoutMs: spec.Timeout.Milliseconds(), IdleTimeoutMs: spec.IdleTimeout.Milliseconds(),
	}}
	r := post("/v1/exec/run", body, http.StatusOK)
	r.once, r.timeout = true, execDeadline(c.timeout, spec.Timeout, spec.IdleTimeout)
	var result ExecResult
	err := c.do(ctx, r, &result)
	return result, err
}

func (s ExecSpec) command() any {
	if s.Args != nil {
		return s.Args
	}
	return s.Shell
}

// execDeadline is how long to wait for a command: longer than it may take itself.
func execDeadline(global, timeout, idle time.Duration) time.Duration {
	if own := max(timeout, idle); own > 0 {
		return max(global, own+execSlack)
	}
	return global
}

// Resize sets the size of a command's terminal, in characters.
func (c *Client) Resize(ctx context.Context, exec string, cols, rows int) error {
	type size struct {
		Cols int `json:"cols"`
		Rows int `json:"rows"`
	}
	body := struct {
		ExecID string `json:"execId"`
		Size   size   `json:"size"`
	}{exec, size{cols, rows}}
	return c.do(ctx, post("/v1/exec/resize", body, http.StatusNoContent), nil)
}

package runner

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"

	"github.com/same-origin/devproxy/caddymodule/runner/guest"
)

// executeFailedPrefix begins the error of a handler that did not answer.
const executeFailedPrefix = "execute_failed: "

// callLevel is how much a call matters. Whoever tells of a failed handler
// itself need not read of it here too.
func (r *Runner) callLevel(out outcome) slog.Level {
	switch failure := out.envelope.Error; {
	case failure == nil:
		return slog.LevelInfo
	case r.cfg.FailuresTold && strings.HasPrefix(*failure, executeFailedPrefix):
		return slog.LevelDebug
	}
	return slog.LevelWarn
}

// heldLines bounds how many lines an account holds back.
const heldLines = 64

// account is a host that holds back what a guest prints to its standard error,
// until it asks for anything else or ends: the last of it may be the engine's
// account of an exception, which the run's error repeats. It belongs to one run.
type account struct {
	guest.Host
	held []guest.Call
}

// run runs the program, and has the account of an exception dropped.
func (a *account) run(ctx context.Context, program guest.Program, req guest.Request, limits guest.Limits) (guest.Response, error) {
	resp, err := program.Run(ctx, req, a, limits)
	var trap *guest.TrapError
	if errors.As(err, &trap) && trap.Kind == guest.TrapGuest {
		a.held = a.held[:len(a.held)-a.repeated(trap.Message)]
	}
	a.release(ctx)
	return resp, err
}

// Call implements guest.Host.
func (a *account) Call(ctx context.Context, call guest.Call) (any, error) {
	if _, printed := printedError(call); printed && len(a.held) < heldLines {
		a.held = append(a.held, call)
		return nil, nil
	}
	a.release(ctx)
	return a.Host.Call(ctx, call)
}

// Blanked implements guest.Blanker.
func (a *account) Blanked(text string, more bool) string {
	if blanker, ok := a.Host.(guest.Blanker); ok {
		return blanker.Blanked(text, more)
	}
	return text
}

// release passes on what is held. A console that the host refuses is no reason
// to fail.
func (a *account) release(ctx context.Context) {
	held := a.held
	a.held = nil
	for _, call := range held {
		_, _ = a.Host.Call(ctx, call)
	}
}

// repeated is how many of the last lines message says too. Of a long stack it
// says the beginning.
func (a *account) repeated(message string) (n int) {
	_, account, _ := strings.Cut(message, ": ") // what precedes it is ours
	said := strings.Split(account, "\n")
	stack := slices.IndexFunc(a.held, func(c guest.Call) bool { line, _ := printedError(c); return line == "Stack:" })
	for i := len(a.held) - 1; i >= 0; i-- {
		line, _ := printedError(a.held[i])
		deeper := stack >= 0 && i > stack && strings.HasPrefix(line, "  ")
		if line != "" && !deeper && !slices.Contains(said, line) {
			break
		}
		n++
	}
	return n
}

// printedError is the line of a call that prints one to the standard error.
func printedError(call guest.Call) (line string, is bool) {
	if call.Interface != "logging" || call.Function != "log-error" || len(call.Args) != 1 {
		return "", false
	}
	line, is = call.Args[0].(string)
	return line, is
}

var (
	_ guest.Host    = (*account)(nil)
	_ guest.Blanker = (*account)(nil)
)

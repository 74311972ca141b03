package guest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/tetratelabs/wazero/sys"

	"github.com/same-origin/devproxy/caddymodule/runner/guest/abi"
)

// stopped unwinds a guest whose time is up.
type stopped struct{ cause error }

func (s stopped) Error() string { return "stopped: " + s.cause.Error() }
func (s stopped) Unwrap() error { return s.cause }

// hostError unwinds a guest because of what the host did.
type hostError struct{ error }

func (h hostError) Unwrap() error { return h.error }

// timeoutError is the cause of a context that Limits.Timeout ended.
type timeoutError time.Duration

func (t timeoutError) Error() string { return fmt.Sprintf("timed out after %v", time.Duration(t)) }

// Is makes it a deadline like any other.
func (timeoutError) Is(target error) bool { return target == context.DeadlineExceeded }

// trap says why the guest did not return.
func (r *run) trap(ctx context.Context, err error) *TrapError {
	var fault hostError
	switch {
	case r.outOfTime(ctx, err):
		return &TrapError{Kind: TrapTimeout, Message: r.timeoutMessage(ctx), Err: err}
	case errors.As(err, &fault):
		return &TrapError{Kind: TrapHost, Message: fault.Error(), Err: fault.error}
	case errors.Is(err, abi.ErrHostValue):
		return &TrapError{Kind: TrapHost, Message: err.Error(), Err: err}
	case r.cap.reached:
		message := fmt.Sprintf("needed more than %s of memory", mebibytes(r.limits.MemoryBytes))
		return &TrapError{Kind: TrapMemory, Message: message, Err: err}
	}
	return &TrapError{Kind: TrapGuest, Message: r.describe(err), Err: err}
}

// outOfTime also sees the deadline that wazero found, and one that a host
// call ran into before the context's own timer did.
func (r *run) outOfTime(ctx context.Context, err error) bool {
	var stop stopped
	var exit *sys.ExitError
	if errors.As(err, &exit) {
		return exit.ExitCode() == sys.ExitCodeDeadlineExceeded || exit.ExitCode() == sys.ExitCodeContextCanceled
	}
	return errors.As(err, &stop) || ctx.Err() != nil
}

func (r *run) timeoutMessage(ctx context.Context) string {
	var own timeoutError
	cause := context.Cause(ctx)
	switch {
	case errors.As(cause, &own):
		return own.Error()
	case cause == nil: // the clock was read before the timer fired
		return r.ownTimeout()
	}
	return "stopped: " + cause.Error()
}

func (r *run) ownTimeout() string {
	if r.limits.Timeout > 0 {
		return timeoutError(r.limits.Timeout).Error()
	}
	return "stopped: " + context.DeadlineExceeded.Error()
}

func mebibytes(n uint64) string { return fmt.Sprintf("%g MiB", float64(n)/(1<<20)) }

const (
	stackLines = 6
	noMessage  = "an uncaught exception in handler; components built with --disable all carry no message, those built without it say what was thrown, and where"
)

// describe makes a message of wazero's error, with the top of the guest's
// stack and what it last wrote to its standard error.
func (r *run) describe(err error) string {
	var exit *sys.ExitError
	if errors.As(err, &exit) {
		return fmt.Sprintf("exited with code %d", exit.ExitCode())
	}
	text, stack, _ := strings.Cut(err.Error(), "\nwasm stack trace:\n")
	text = strings.TrimSuffix(strings.TrimPrefix(text, "wasm error: "), " (recovered by wazero)")
	if text == "unreachable" {
		if last := r.console.lastErrors(); last != "" {
			return "uncaught exception: " + last
		}
		text = "unreachable executed: " + noMessage
	}
	return text + topOf(stack)
}

// topOf gives the innermost calls of a stack trace, a line for each.
func topOf(stack string) string {
	lines, top := strings.Split(stack, "\n"), ""
	for _, line := range lines[:min(len(lines), stackLines)] {
		if line = strings.TrimSpace(line); line != "" {
			top += "\n\tat " + line
		}
	}
	return top
}

package guest

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/same-origin/devproxy/caddymodule/runner/guest/source"
	"github.com/same-origin/devproxy/compose/expression"
)

// InitError says why a handler's module could not be loaded: it does not
// parse, its top level throws or does not end.
type InitError struct {
	// Message is what the engine says, such as "SyntaxError: missing )".
	Message string
	// Stack is the calls at the time, the innermost first, such as
	// "b@handler.js:2:14"; it may be empty.
	Stack []string
	// Line and Column are where in the module, from 1; zero when not known.
	Line, Column int
	Err          error // the cause, a *TrapError
}

func (e *InitError) Error() string {
	if e.Line == 0 {
		return "loading the handler's module: " + e.Message
	}
	return fmt.Sprintf("loading the handler's module, line %d, column %d: %s", e.Line, e.Column, e.Message)
}

func (e *InitError) Unwrap() error { return e.Err }

// initError tells what the module did wrong from what went wrong around it.
func (r *run) initError(ctx context.Context, s Source, err error, printed string) error {
	var unavailable *source.UnavailableError
	if errors.As(err, &unavailable) {
		return err
	}
	trap := r.trap(ctx, err)
	failure := &InitError{Message: trap.Message, Err: trap}
	switch trap.Kind {
	case TrapGuest:
		failure.read(printed, s.Name)
	case TrapTimeout:
		failure.Message = "its top level did not end: " + trap.Message
	}
	return failure
}

// What the engine prints around an exception.
const (
	initNotice  = "Exception while evaluating top-level script"
	extraNotice = "Additionally, some promises"
	stackNotice = "Stack:"
)

// located matches a printed line that begins with a position.
var located = expression.WhenNeeded(`^(\S+):(\d+):(\d+) (.*)$`)

// read takes message, position and stack from what the engine printed, which
// is the exception, then excerpts of the text around it, then the calls.
func (e *InitError) read(printed, name string) {
	account, _, _ := strings.Cut(printed, extraNotice)
	for line := range strings.Lines(account) {
		line = strings.TrimRight(line, "\r\n")
		if line == "" || line == initNotice {
			continue
		}
		if at := located().FindStringSubmatch(line); at != nil {
			e.at(at, name)
			line = at[4]
		}
		e.Message = shortened(strings.TrimSuffix(line, ":"), false)
		break
	}
	_, stack, _ := strings.Cut(printed, "\n"+stackNotice+"\n")
	for line := range strings.Lines(stack) {
		if call := strings.TrimSpace(line); call != "" && !strings.HasPrefix(call, abortNotice) {
			e.Stack = append(e.Stack, call)
		}
	}
}

// at notes a position in the module; the engine names other files too.
func (e *InitError) at(match []string, name string) {
	if match[1] != name {
		return
	}
	e.Line, _ = strconv.Atoi(match[2])
	e.Column, _ = strconv.Atoi(match[3])
}

// Interface guard.
var _ error = (*InitError)(nil)

package main

import "fmt"

// Exit codes, as documented in docs/errors.md.
const (
	exitFailure   = 1
	exitUsage     = 2 // unknown flag, bad Caddyfile, bad extension
	exitUnhealthy = 3 // what `status --check` minds
	exitEngine    = 5 // no container engine answers
	exitPort      = 6 // port taken, or not permitted
	exitRunner    = 7 // a backend that is not optional does not answer
)

// fault is an error for a person: what happened, what to do next, and a code
// that stays the same when the words change.
type fault struct {
	Code string
	Exit int
	Err  error
	Fix  string
}

func (f *fault) Error() string { return f.Code + ": " + f.Err.Error() }

func (f *fault) Unwrap() error { return f.Err }

func usageFault(code, fix, format string, args ...any) *fault {
	return &fault{Code: code, Exit: exitUsage, Fix: fix, Err: fmt.Errorf(format, args...)}
}

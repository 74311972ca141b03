package host

// denial.go remembers what an execution was refused: a handler that does not
// catch a denial often cannot say what ended it, and the runner says it instead.

import (
	"slices"

	"github.com/same-origin/devproxy/caddymodule/runner/guest"
)

// Execution answers the calls of one run, one after the other.
type Execution interface {
	guest.Host
	// Denials says in words which calls were refused so far, and what to do
	// about each: "storage#put was denied: …". Each is there once.
	Denials() []string
	// Blanker leaves out the values of the invocation's secrets.
	guest.Blanker
}

func (s *session) Denials() []string { return s.denials }

// noteDenial remembers that function was denied for the reason given.
func (s *session) noteDenial(function, reason string) {
	s.refused = reason
	denial := function + " was denied: " + reason
	if !slices.Contains(s.denials, denial) {
		s.denials = append(s.denials, denial)
	}
}

// Interface guard.
var _ Execution = (*session)(nil)

package stack

import (
	"fmt"
	"strings"

	"github.com/same-origin/devproxy/compose/docker"
)

// tailLines is how much of a failed container's log its error shows.
const tailLines = 20

// UnhealthyError says that a container did not get ready, and shows its last
// words.
type UnhealthyError struct {
	Container docker.Container // its labels, exit code and whether it ran out of memory
	Reason    string
	Tail      []docker.LogLine // the last lines it wrote, oldest first
}

// Code is "generation_unhealthy".
func (e *UnhealthyError) Code() string { return "generation_unhealthy" }

// Fix is what to do next.
func (e *UnhealthyError) Fix() string {
	return "correct what its last lines say; the generation before it keeps serving"
}

func (e *UnhealthyError) Error() string {
	var text strings.Builder
	fmt.Fprintf(&text, "starting service %s", serviceOf(e.Container.Labels))
	if n := generationOf(e.Container.Labels); n > 0 {
		fmt.Fprintf(&text, " (generation %d)", n)
	}
	fmt.Fprintf(&text, ": %s", e.Reason)
	for _, line := range e.Tail {
		fmt.Fprintf(&text, "\n  | %s", line.Text)
	}
	return text.String()
}

// Interface guards
var _ error = (*UnhealthyError)(nil)

package livereload

import (
	"encoding/json"
	"slices"

	"github.com/same-origin/devproxy/caddymodule/internal/event"
	"github.com/same-origin/devproxy/compose/expression"
)

const (
	// remembered is how many builds a page may be behind and still be told
	// what changed since; one that is further behind loads again.
	remembered = 16
	// A page lists no more files, or lines of output, than these.
	listedFiles = 200
	listedLines = 100
)

// state is all that a page is told of one extension. Every message is a whole
// one, so that a slow page may be skipped ahead and a message seen twice does
// no harm.
type state struct {
	Extension string    `json:"extension"`
	Sequence  uint64    `json:"sequence"`         // grows with every change of any extension
	Build     string    `json:"build,omitempty"`  // that answers; empty before the first
	Earlier   bool      `json:"earlier"`          // it is not the newest of the working tree
	Builds    []build   `json:"builds"`           // the last ones, oldest first
	Runner    string    `json:"runner,omitempty"` // who answers: backend and generation
	Building  bool      `json:"building"`         // since the last result
	Failures  []failure `json:"failures"`         // that stand, at most one per target
	Trap      *trap     `json:"trap,omitempty"`   // of the newest build
	encoded   []byte    // as JSON
}

// build tells what a page that shows the build before must do.
type build struct {
	ID      string      `json:"id"`
	Scope   event.Scope `json:"scope"`
	Changed []string    `json:"changed"`
}

type failure struct {
	Target   event.Target    `json:"target"`
	Number   int             `json:"number"`
	Command  string          `json:"command,omitempty"`
	Problems []event.Problem `json:"problems"`
	Output   []string        `json:"output"`
}

type trap struct {
	RequestID string        `json:"request_id,omitempty"`
	Problem   event.Problem `json:"problem"`
}

func newState(extension string) *state {
	return &state{Extension: extension, Builds: []build{}, Failures: []failure{}}
}

// published forgets what was wrong: the page shows what was asked for.
func (s *state) published(e event.Published) {
	next := build{ID: e.Build, Scope: e.Scope, Changed: e.Changed}
	if len(e.Changed) > listedFiles {
		next.Scope = event.Page
	}
	if next.Scope != event.Style {
		next.Changed = nil // only stylesheets are looked for
	}
	s.Builds = append(s.Builds, next)
	s.Builds = slices.Clone(s.Builds[max(0, len(s.Builds)-remembered):])
	s.Build, s.Earlier, s.Building, s.Failures, s.Trap = e.Build, e.Earlier, false, []failure{}, nil
}

func (s *state) failed(e event.BuildFailed) {
	s.Building = false
	f := failure{Target: e.Target, Number: e.Number, Command: e.Command, Output: []string{}}
	for _, p := range e.Problems {
		f.Problems = append(f.Problems, plain(p))
	}
	for _, line := range e.Output[max(0, len(e.Output)-listedLines):] {
		f.Output = append(f.Output, uncolored(line))
	}
	standing := slices.DeleteFunc(slices.Clone(s.Failures), func(f failure) bool { return f.Target == e.Target })
	s.Failures = append(standing, f)
}

// trapped reports whether e is about what answers now.
func (s *state) trapped(e event.Trapped) bool {
	if e.Build != "" && s.Build != "" && e.Build != s.Build {
		return false
	}
	s.Trap = &trap{RequestID: e.RequestID, Problem: plain(e.Problem)}
	return true
}

func (s *state) encode() error {
	data, err := json.Marshal(s)
	s.encoded = data
	return err
}

var escapes = expression.WhenNeeded(`\x1b(?:\[[0-9;:?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\^_])`)

// uncolored drops what is meant for a terminal.
func uncolored(line string) string { return escapes().ReplaceAllString(line, "") }

func plain(p event.Problem) event.Problem {
	p.Message, p.Frame = uncolored(p.Message), uncolored(p.Frame)
	return p
}

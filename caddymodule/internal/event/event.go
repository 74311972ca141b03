// Package event carries what happens in the change loop from those who know
// to those who show it: terminal, status, log, metrics and the browser.
//
// The engine publishes on a [Bus]; readers subscribe. Values are facts with a
// type each, so that nobody parses log text. The package calls nobody; a problem
// in it is the one that the status shows.
package event

import "time"

// Event is one fact. The types of this package are all there are.
type Event interface{ event() }

// BuildStarted says that a build of an extension began.
type BuildStarted struct {
	Extension string // "publisher.name", or the folder while that is unknown
	Number    int    // of this extension, from 1
	Target    Target
	Changed   []string // what was saved, relative to the folder, sorted; empty for the first build
	At        time.Time
}

// BuildOutput is one line that a build printed.
type BuildOutput struct {
	Extension string
	Number    int
	Target    Target
	Line      string
}

// BuildFailed says that a build ended without a result. What was published
// before goes on.
type BuildFailed struct {
	Extension string
	Number    int
	Target    Target
	Problems  []Problem // at least one
	Output    []string  // the last lines that the build printed
	Command   string    // what ran; empty for a build in process
	Took      time.Duration
	At        time.Time
}

// BuildEnded says that a build ended, whatever came of it.
type BuildEnded struct {
	Extension string
	Number    int
	Target    Target
	At        time.Time
}

// Preparing says that new content is made ready to answer: its handler is
// compiled, or another process fetches it.
type Preparing struct {
	Extension string
	Build     string
	At        time.Time
}

// Published says that new content of an extension answers from now on.
type Published struct {
	Extension string
	Build     string // build id: the first 12 digits of Hash
	Hash      string // "sha256:<hex>"
	Number    int
	Changed   []string // bundle paths whose content differs, sorted
	Saved     []string // what was saved, relative to the folder, sorted; empty when nobody did
	Scope     Scope
	Warnings  []Problem // what production will refuse
	SavedAt   time.Time // when the change was first seen; zero for the first build
	Earlier   bool      // it is one of the history, in place of the newest
	At        time.Time
}

// Trapped says that a handler ended without an answer.
type Trapped struct {
	Extension string
	Build     string
	RequestID string
	Problem   Problem
	At        time.Time
}

// Console is a line that an extension's UI wrote to the browser's console.
type Console struct {
	Extension string
	Build     string
	Level     string // "error" or "warning"
	Message   string
	Source    string // "https://…/main.js:3:7"; may be empty
}

// RunnerChanged says that requests go to another backend or generation.
type RunnerChanged struct {
	Backend    string
	Generation int // 0 for backends without
	At         time.Time
}

func (BuildStarted) event()  {}
func (BuildOutput) event()   {}
func (BuildFailed) event()   {}
func (BuildEnded) event()    {}
func (Preparing) event()     {}
func (Published) event()     {}
func (Trapped) event()       {}
func (Console) event()       {}
func (RunnerChanged) event() {}

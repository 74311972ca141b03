// change.go contains what happens while a devproxy runs, one fact at a time.

package runnerstatus

import "time"

// What a [Change] is about.
const (
	Building  = "building"  // a build began
	Ended     = "ended"     // a build ended; failed or published says what came of it, nothing that a newer save has overtaken it
	Failed    = "failed"    // a build ended without a result; what was published goes on
	Published = "published" // a build answers from now on
	Selected  = "selected"  // requests go to another backend, or generation
	Stands    = "backend"   // a backend's status, or what is wrong with it, changed
	Wrong     = "problem"   // problems stand: those of an extension, or of the configuration
	Mended    = "mended"    // they stand no longer
	Trapped   = "trapped"   // a handler ended without an answer
	Console   = "console"   // an extension's page wrote to the browser's console
	Missed    = "missed"    // changes were lost, as the reader is too slow; see the status
	Stopping  = "stopping"  // devproxy was asked to end
)

// Change is one fact. Which members it has follows from What.
type Change struct {
	Time time.Time `json:"time"`
	What string    `json:"what" jsonschema:"enum=building,enum=ended,enum=failed,enum=published,enum=selected,enum=backend,enum=problem,enum=mended,enum=trapped,enum=console,enum=missed,enum=stopping"`
	// Extension is its id, or its folder while that is unknown.
	Extension string `json:"extension,omitempty"`
	// Number counts an extension's builds since the start, from 1.
	Number int    `json:"number,omitempty"`
	Target string `json:"target,omitempty" jsonschema:"enum=ui,enum=handler,enum=manifest"`
	// Build is the id of the build that answers, Earlier says that it is one of
	// the history, in place of the working tree's.
	Build   string `json:"build,omitempty" jsonschema:"pattern=^[0-9a-f]{12}$"`
	Earlier bool   `json:"earlier,omitempty"`
	// Reload says what pages do to show it: nothing, swap a stylesheet, or
	// load the iframe again.
	Reload string `json:"reload,omitempty" jsonschema:"enum=none,enum=style,enum=page"`
	// Saved are the files that were saved, relative to the extension's folder;
	// Changed the paths in the bundle that differ. At most 100 of each.
	Saved   []string `json:"saved,omitempty"`
	Changed []string `json:"changed,omitempty"`
	// Milliseconds is how long the build that failed took, or it was from the
	// save until it answered; missing where nobody saved.
	Milliseconds float64 `json:"ms,omitempty"`
	// Problems of an extension are all that stand now, of a handler that
	// trapped the one.
	Problems []Problem `json:"problems,omitempty"`
	Backend  string    `json:"backend,omitempty"`
	// Generation counts the containers of a docker backend.
	Generation int    `json:"generation,omitempty"`
	Status     string `json:"status,omitempty" jsonschema:"enum=up,enum=down,enum=unknown,enum=starting,enum=stopped,enum=not_configured"`
	// Error says why a backend is down, or what is wrong with one that answers
	// all the same.
	Error *Fault `json:"error,omitempty"`
	// RequestID is that of the call that trapped.
	RequestID string `json:"request_id,omitempty"`
	// Level and Message are the browser's; Message also says what of the
	// configuration could not be applied.
	Level   string `json:"level,omitempty"`
	Message string `json:"message,omitempty"`
	// Count is how many changes were lost.
	Count int `json:"count,omitempty"`
}

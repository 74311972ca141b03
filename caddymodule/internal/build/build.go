// Package build turns the sources of one extension into what its bundle
// serves: the UI and the handler.
//
// The engine calls it: [Detect] says once how each target is made, a
// [Builder] decides when, and a [Bundler] (esbuild, in process) or a [Command]
// of the developer does it. Nothing here publishes or writes files; problems
// leave as event.Problem, and what a command prints leaves line by line.
package build

import (
	"time"

	"github.com/same-origin/devproxy/caddymodule/internal/event"
)

// Codes of the problems that this package reports itself. A warning of
// esbuild carries esbuild's own name for it, such as "empty-glob".
const (
	CodeFailed   = "build_failed"   // the build ended with an error
	CodeLoops    = "build_loops"    // the build writes what it is built from
	CodeNoTool   = "build_no_tool"  // the command's program is not installed
	CodeMissing  = "asset_missing"  // a page names a file that is not there
	CodeNoEntry  = "entry_missing"  // the handler's source is not there
	CodeSettings = "build_settings" // package.json cannot be used
)

// Result is what one build came to.
type Result struct {
	// Files are the files that were made or rewritten, by bundle path
	// ("ui/main.js"), to be laid over those on disk. Empty for a command, which
	// leaves its files on disk.
	Files map[string][]byte
	// Hidden are the bundle paths of sources that browsers cannot load
	// ("ui/main.tsx"), sorted; they do not belong into the bundle.
	Hidden []string
	// Inputs are the files that were read, with slashes, relative to the
	// extension's folder; nil when that is not known, as after an error.
	Inputs []string
	// SourceMap maps Files["dist/handler.js"] to the handler's sources.
	SourceMap []byte

	Problems []event.Problem // at least one when the build failed
	Warnings []event.Problem
	Output   []string // the last lines that a command printed
	Command  string   // what ran; empty for a build in process
	Took     time.Duration

	// Superseded says that the build was cut short: it neither succeeded nor
	// failed.
	Superseded bool
}

// OK says that the build made what it should.
func (r Result) OK() bool { return !r.Superseded && len(r.Problems) == 0 }

// Error is a problem that stands where a result is expected.
type Error struct{ Problem event.Problem }

// Error implements error.
func (e *Error) Error() string { return e.Problem.String() + "; " + e.Problem.Fix }

var _ error = (*Error)(nil)

// Package source prepares the JavaScript engine that runs a handler from its
// source. It finds the engine in the developer's own componentize-js and fits
// it to the extension's interface, as `jco componentize` does first of all;
// that depends on the interface only, so it is done once and kept. It also
// translates positions and knows what of a handler production will not have.
//
// Package guest calls [Splicer] when it loads a handler from its source. The
// pipeline that builds extensions calls [Discover], [MapPosition] and
// [Warnings]. This package calls componentize-js's own splicer, a WebAssembly
// module, on wazero; it knows nothing of running a handler.
package source

import "slices"

// Build is what a handler's project tells componentize-js.
type Build struct {
	Toolchain Toolchain
	// WIT is the interface: a .wit file, or a folder of them with its deps.
	WIT string
	// World names the world of the interface; empty for the only one.
	World string
	// Features are those that the component is built with, of "stdio",
	// "random", "clocks", "http" and "fetch-event". With `--disable all` there
	// are none. They decide what a strict run offers, not the engine.
	Features []string
}

// Has reports whether the component is built with a feature.
func (b Build) Has(feature string) bool { return slices.Contains(b.Features, feature) }

// AllFeatures are what componentize-js gives a component by default.
func AllFeatures() []string { return []string{"stdio", "random", "clocks", "http", "fetch-event"} }

// Unavailable is the code of every [UnavailableError].
const Unavailable = "source_mode_unavailable"

// UnavailableError says why a handler cannot run from its source. The built
// component can still be run.
type UnavailableError struct {
	Reason string // what was found
	Fix    string // what to do
}

// Code is what the problem is called in events and answers.
func (e *UnavailableError) Code() string { return Unavailable }

func (e *UnavailableError) Error() string {
	return "running the handler from its source: " + e.Reason + "; " + e.Fix
}

package event

import "github.com/same-origin/devproxy/caddymodule/runnerstatus"

// Target is the part of an extension that a build makes.
type Target string

// The targets of an extension.
const (
	UI      Target = "ui"
	Handler Target = "handler"
	// Manifest is nothing that is built, but what keeps all of it from being
	// published.
	Manifest Target = "manifest"
)

// Scope says how much a page must do to show a new build.
type Scope string

// The scopes, from the smallest to the largest.
const (
	// None: nothing that a page shows has changed.
	None Scope = "none"
	// Style: only stylesheets differ; they can be swapped in place.
	Style Scope = "style"
	// Page: the iframe must load again.
	Page Scope = "page"
)

// Problem is what is wrong at one place of the developer's files. Its Target is
// empty here: the event says which it is.
type Problem = runnerstatus.Problem

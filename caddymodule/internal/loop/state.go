package loop

import (
	"time"

	"github.com/same-origin/devproxy/caddymodule/internal/bundle"
	"github.com/same-origin/devproxy/caddymodule/internal/event"
	"github.com/same-origin/devproxy/caddymodule/internal/extension"
)

// State is what a loop has to show at one moment. It is never changed, only
// replaced.
type State struct {
	// Extension and Bundle are the newest content that can be used; nil when
	// there never was any.
	Extension *extension.Extension
	Bundle    *bundle.Bundle
	Number    int // of the build, from 1
	Published time.Time
	// HandlerMode is `source`, `artefact`, or empty without a handler.
	HandlerMode string
	// Err says what is wrong with the folder now; nil when nothing is.
	Err error
	// Failures are the builds that failed and have not succeeded since.
	Failures []event.BuildFailed
	// Building are the targets whose build runs.
	Building []event.Target
	// Warnings are what production will refuse.
	Warnings []event.Problem
	// Plan says in words how each target is built.
	Plan string
}

// Candidate is content that may be published.
type Candidate struct {
	*extension.Extension
	Bundle *bundle.Bundle
	// Handler says that the handler differs from the published one.
	Handler bool
	changed []string
	savedAt time.Time
}

package watch

import "github.com/same-origin/devproxy/caddymodule/internal/event"

// Mode is how changes become known.
type Mode string

// The modes of a watch.
const (
	Events  Mode = "events"  // the operating system tells, such as inotify
	Polling Mode = "polling" // the tree is compared at an interval
)

// Status is how a folder is watched.
type Status struct {
	Mode  Mode
	Dirs  int // folders that are watched; 0 while the root does not exist
	Files int
	// Problems has why the tree is polled (codes watch_limit, watch_network
	// and watch_unsupported) and the folders that could not be read
	// (watch_unreadable), each with what to do about it.
	Problems []event.Problem
}

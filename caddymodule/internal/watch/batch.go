package watch

import "time"

// Kind says what happened to a file.
type Kind string

// The kinds of a change, seen from the batch before.
const (
	Created Kind = "created"
	Written Kind = "written"
	Removed Kind = "removed"
)

// Change is one file with another content than in the batch before. Folders
// are not reported, only the files in them. A symbolic link to a file counts
// as that file, wherever it is.
type Change struct {
	Path string // relative to the root, with slashes
	Kind Kind
}

// Batch is what changed together.
type Batch struct {
	Changes []Change // at least one, by path
	// FirstSeen is when the first event of the batch came, or in polling mode
	// when the difference was found.
	FirstSeen time.Time
	// Rescanned says that the whole tree was compared, since the operating
	// system had dropped events or a folder was moved.
	Rescanned bool
}

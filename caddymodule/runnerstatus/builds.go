package runnerstatus

import "time"

// Builds is the history of one extension.
type Builds struct {
	Extension string `json:"extension,omitempty"` // its id; empty while that is unknown
	Dir       string `json:"dir"`
	// Live is the build that answers, Latest the newest of the working tree;
	// they differ while an earlier build is used.
	Live   string `json:"live,omitempty"`
	Latest string `json:"latest,omitempty"`
	// Builds are the newest first, failed ones among them.
	Builds []Build `json:"builds"`
}

// Build is one build of an extension.
type Build struct {
	// Number grows from build to build, also over restarts; 0 for one that
	// failed.
	Number int    `json:"number,omitempty"`
	Build  string `json:"build,omitempty"` // the first 12 digits of Hash; empty for one that failed
	Hash   string `json:"hash,omitempty"`  // "sha256:<hex>"
	OK     bool   `json:"ok"`
	Live   bool   `json:"live,omitempty"` // it answers
	// Time is when it first answered, or failed.
	Time time.Time `json:"time"`
	// Saved are the files that were saved, relative to the extension's
	// folder; none at a start, or when somebody asked for the build.
	Saved []string `json:"saved,omitempty"`
	// Changed are the paths in the bundle that differ from the build before;
	// at most 100, and none where that is not known.
	Changed []string `json:"changed,omitempty"`
	// Milliseconds is from the save until it answered, or failed; 0 when that
	// is not known.
	Milliseconds int64 `json:"ms,omitempty"`
	// Sizes in bytes: of bundle.tar.zst, of the files in dist/, and in ui/.
	Bundle  int64 `json:"bundle_bytes,omitempty"`
	Handler int64 `json:"handler_bytes,omitempty"`
	UI      int64 `json:"ui_bytes,omitempty"`
	// Target and Problem say what failed.
	Target  string `json:"target,omitempty"`
	Problem string `json:"problem,omitempty"`
}

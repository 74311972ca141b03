package runnerstatus

// Built is what building one extension came to.
type Built struct {
	Extension
	// OK says that what was built answers, or would: the extension has no
	// problems, and a handler if its manifest declares endpoints.
	OK bool `json:"ok"`
	// Milliseconds is how long it took.
	Milliseconds int64 `json:"ms"`
	// Output has the last lines of the commands that failed.
	Output []string `json:"output,omitempty"`
}

// capabilities.go contains what extensions use of the platform.

package runnerstatus

import "time"

// Uses is the body of `GET /runner/capabilities`.
type Uses struct {
	Extensions []Usage `json:"extensions"`
}

// Usage is what one extension used, against what its manifest declares.
type Usage struct {
	Extension string `json:"extension"`
	// Executes is how many recorded calls of its handler this rests on, Since
	// when.
	Executes     int             `json:"executes"`
	Since        time.Time       `json:"since,omitzero"`
	Capabilities []CapabilityUse `json:"capabilities"` // sorted by name
	// Hosts that were fetched from, or asked for.
	Hosts []NameUse `json:"hosts"`
	// Secrets that were asked for.
	Secrets []NameUse `json:"secrets"`
	// Declared is the manifest's list, Least the shortest that what was seen
	// needs.
	Declared []string `json:"declared"`
	Least    []string `json:"least"`
	// Missing says in words what was needed and denied, or not there.
	Missing []string `json:"missing"`
}

// How a capability stands.
const (
	Used       = "used"
	Unused     = "unused"     // declared, and the handler does not import it
	NotSeen    = "not seen"   // declared, and imported, and never called
	Missing    = "missing"    // called, and denied for not being declared
	Undeclared = "undeclared" // imported, not declared, not called yet
)

// CapabilityUse is one capability.
type CapabilityUse struct {
	Name     string `json:"name"` // "cap:storage.kv"
	Status   string `json:"status"`
	Declared bool   `json:"declared"`
	// Always is true of those that every extension has.
	Always    bool          `json:"always,omitempty"`
	Functions []FunctionUse `json:"functions,omitempty"`
}

// FunctionUse is one function of the platform.
type FunctionUse struct {
	Name   string    `json:"name"` // "storage#get"
	Calls  int       `json:"calls"`
	Denied int       `json:"denied,omitempty"`
	Last   time.Time `json:"last,omitzero"`
}

// NameUse is a host or a secret by its name.
type NameUse struct {
	Name   string `json:"name"`
	Calls  int    `json:"calls"`
	Denied int    `json:"denied,omitempty"` // or not there
}

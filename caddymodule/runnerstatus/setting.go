package runnerstatus

// Setting is one value of the configuration, and who said it.
type Setting struct {
	Key   string `json:"key"`
	Value string `json:"value"` // never a secret's
	// Origin is the name of a flag, variable or file, or `default`.
	Origin string `json:"origin"`
	// Variable is the one that would go over it; empty when there is none.
	Variable string `json:"variable,omitempty"`
}

package runnerstatus

// Setting is one value of the configuration, and who said it.
type Setting struct {
	// Key names it as the Caddyfile does, groups with dots.
	Key string `json:"key"`
	// Value is what is in effect, and never a secret's.
	Value string `json:"value"`
	// Origin is the name of a flag, variable or file, or `default`.
	Origin string `json:"origin"`
	// Variable is the one that would go over it; empty when there is none.
	Variable string `json:"variable,omitempty"`
}

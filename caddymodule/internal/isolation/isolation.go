// Package isolation keeps the pages of extensions apart from their host's: it
// knows the ways to do so, the host names of extensions that have an origin of
// their own, and the headers that each way needs.
//
// The Caddy module calls it for every response of an extension's UI. It calls
// nobody, and knows neither Caddy nor the runner.
package isolation

// Mode is a way to keep an extension's pages apart.
type Mode string

const (
	// None passes on what the runner sends; the host's `sandbox` attribute
	// is all that keeps a page from its host.
	None Mode = "none"
	// Sandbox gives every page an opaque origin, whatever the host writes.
	Sandbox Mode = "sandbox"
	// Subdomain gives each extension an origin of its own.
	Subdomain Mode = "subdomain"
)

// Modes are the words of the configuration.
var Modes = []string{string(None), string(Sandbox), string(Subdomain)}

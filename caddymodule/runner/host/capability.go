package host

import (
	"slices"
	"strings"

	"github.com/same-origin/devproxy/caddymodule/runner/guest"
)

// The capabilities that an extension can be granted.
const (
	CapContextRead   = "cap:context.read"
	CapSecretsGet    = "cap:secrets.get"
	CapHTTPFetch     = "cap:http.fetch"
	CapStorageKV     = "cap:storage.kv"
	CapLogEmit       = "cap:log.emit"
	CapUIProxy       = "cap:ui.proxy"
	CapUserRead      = "cap:user.read"
	CapScheduler     = "cap:scheduler.manage"
	CapInvoiceCreate = "cap:invoice.manual.create"
	CapClientRead    = "cap:client.read"
	CapServiceRead   = "cap:service.read"
)

// Capabilities says which capabilities are granted, by full name.
type Capabilities map[string]bool

// ParseCapabilities reads the providers of an execute request: names are
// trimmed and lower-cased, blank ones skipped. granted includes those that
// every extension has; unknown lists the others in the order given.
func ParseCapabilities(providers []string) (granted Capabilities, unknown []string) {
	granted = Capabilities{CapContextRead: true, CapLogEmit: true, CapUserRead: true}
	for _, provider := range providers {
		name := strings.ToLower(strings.TrimSpace(provider))
		switch {
		case name == "":
		case known(name):
			granted[name] = true
		default:
			unknown = append(unknown, name)
		}
	}
	return granted, unknown
}

// AllCapabilities lists every capability that there is.
func AllCapabilities() []string {
	return []string{
		CapContextRead, CapSecretsGet, CapHTTPFetch, CapStorageKV, CapLogEmit, CapUIProxy,
		CapUserRead, CapScheduler, CapInvoiceCreate, CapClientRead, CapServiceRead,
	}
}

// CapabilityOf gives the capability without which a call of the import is
// denied; false for imports that are not the platform's.
func CapabilityOf(call guest.Import) (string, bool) {
	fn, ok := functions[call.Interface+"#"+call.Function]
	if !ok || call.Package != guestPackage {
		return "", false
	}
	return fn.capability, true
}

func known(name string) bool { return slices.Contains(AllCapabilities(), name) }

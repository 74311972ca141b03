package runner

import (
	"net/http"
	"strings"
	"unicode"
	"unicode/utf8"
)

const maxNameBytes = 255

// validName reports whether s may name an extension or a tenant: it must be
// harmless as one segment of a path or of an object key.
func validName(s string) bool {
	return s != "" && len(s) <= maxNameBytes && s[0] != '.' && utf8.ValidString(s) &&
		!strings.ContainsFunc(s, func(c rune) bool {
			return c == '/' || c == '\\' || unicode.IsControl(c) || unicode.IsSpace(c)
		})
}

// requestedTenant gives the tenant that a request for an asset names by query
// or header, empty when it names none. It only narrows what a [Source] finds;
// nothing of it is remembered for other requests.
func requestedTenant(req *http.Request) (string, error) {
	named := append(req.URL.Query()["tenant"], req.Header.Values("X-Tenant-Id")...)
	tenant := ""
	for _, name := range named {
		if name == "" || name == tenant {
			continue
		}
		if tenant != "" {
			return "", badRequest("tenant_mismatch", "the request names two tenants; name one, in ?tenant= or x-tenant-id")
		}
		if !validName(name) {
			return "", badRequest("invalid_tenant", "invalid tenant: it must be one plain name")
		}
		tenant = name
	}
	return tenant, nil
}

package registry

import (
	"net"
	"net/http"
	"strings"
)

// lookup answers GET /api/installs/lookup-by-host?host&ts. The time stamp only
// keeps caches away.
func (r *Registry) lookup(w http.ResponseWriter, req *http.Request) {
	host := hostName(req.URL.Query().Get("host"))
	if host == "" {
		refuse(w, http.StatusBadRequest, "missing_parameter", "name the host to look up as ?host=")
		return
	}
	install, ok := r.installs.ByHost(host)
	if !ok {
		refuse(w, http.StatusNotFound, "install_not_found", "no extension is installed for the host "+host)
		return
	}
	writeJSON(w, http.StatusOK, map[string]string{
		"tenant_id": install.Tenant, "extension_id": install.Extension, "content_hash": install.Hash,
	})
}

// validate answers GET /api/installs/validate?tenant&extension&hash&ts.
func (r *Registry) validate(w http.ResponseWriter, req *http.Request) {
	query := req.URL.Query()
	for _, name := range []string{"tenant", "extension", "hash"} {
		if query.Get(name) == "" {
			refuse(w, http.StatusBadRequest, "missing_parameter", "name the tenant, extension and content hash to validate as ?tenant=&extension=&hash=; "+name+" is missing")
			return
		}
	}
	valid := r.installs.Valid(query.Get("tenant"), query.Get("extension"), contentHash(query.Get("hash")))
	writeJSON(w, http.StatusOK, map[string]bool{"valid": valid})
}

// hostName gives the host of what browsers send as Host.
func hostName(s string) string {
	if host, _, err := net.SplitHostPort(s); err == nil {
		s = host
	}
	return strings.ToLower(strings.TrimSuffix(strings.Trim(s, "[]"), "."))
}

// contentHash gives the one form of a hash; runners may leave out its prefix.
func contentHash(s string) string {
	s = strings.ToLower(s)
	if !strings.Contains(s, ":") {
		s = hashPrefix + s
	}
	return s
}

const hashPrefix = "sha256:"

package registry

import (
	"crypto/sha256"
	"crypto/subtle"
	"net/http"
)

// withKey lets through who sends the API key.
func (r *Registry) withKey(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, req *http.Request) {
		if !equal(req.Header.Get("X-Api-Key"), r.apiKey) {
			r.log.WarnContext(req.Context(), "refusing a request to the registry", "path", req.URL.Path, "remote", req.RemoteAddr, "reason", "invalid_api_key")
			refuse(w, http.StatusUnauthorized, "invalid_api_key", "x-api-key is missing or wrong; start the runner with the ALGA_AUTH_KEY of this registry")
			return
		}
		next(w, req)
	}
}

// withSecret lets through who knows the store's base URL. To all others there
// is no store.
func (r *Registry) withSecret(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, req *http.Request) {
		if !equal(req.PathValue("secret"), r.secret) {
			// The path stays out of the log: it may be the secret but for a typing error.
			r.log.WarnContext(req.Context(), "refusing a request to the bundle store", "remote", req.RemoteAddr, "reason", "invalid_store_base")
			refuse(w, http.StatusNotFound, "not_found", "there is no such store; start the runner with the BUNDLE_STORE_BASE of this registry")
			return
		}
		next(w, req)
	}
}

// equal takes the same time wherever, and however much, the two differ.
func equal(given, want string) bool {
	a, b := sha256.Sum256([]byte(given)), sha256.Sum256([]byte(want))
	return subtle.ConstantTimeCompare(a[:], b[:]) == 1
}

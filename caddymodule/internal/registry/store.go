package registry

import (
	"net/http"
	"strings"
	"time"
)

// storePath is where the store is; runners that sign requests take it for the
// name of the bucket.
const storePath = "/alga-ext"

// base answers the store's own URL, by which runners see that it is there.
func (r *Registry) base(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) }

// bundle answers with bundle.tar.zst, or a range of it.
func (r *Registry) bundle(w http.ResponseWriter, req *http.Request) {
	tenant, extension := req.PathValue("tenant"), req.PathValue("extension")
	hash := contentHash(hashPrefix + req.PathValue("digits"))
	found, ok := r.installs.Bundle(tenant, extension, hash)
	if !ok {
		refuse(w, http.StatusNotFound, "bundle_not_found", "there is no such content of "+extension+"; it may have been replaced by newer builds, so reload the page")
		return
	}
	archive, err := found.Archive()
	if err != nil {
		r.log.ErrorContext(req.Context(), "opening a bundle", "extension", extension, "build", found.Build(), "error", err)
		refuse(w, http.StatusInternalServerError, "bundle_unreadable", "the bundle of "+extension+" cannot be read; save a file of it to make a new one")
		return
	}
	defer archive.Close()
	header := w.Header()
	header.Set("Content-Type", "application/zstd")
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Etag", `"sha256-`+strings.TrimPrefix(found.Hash, hashPrefix)+`"`)
	r.log.InfoContext(req.Context(), "serving a bundle", "method", req.Method, "extension", extension, "build", found.Build(), "size", found.Size())
	http.ServeContent(w, req, "", time.Time{}, archive)
}

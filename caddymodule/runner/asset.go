package runner

import (
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"time"
)

const indexFile = "index.html"

// serveAsset answers GET and HEAD of `/ext-ui/{extension}/{hash}/{path}`.
func (r *Runner) serveAsset(w *answer, req *http.Request) {
	asset, err := r.openAsset(req)
	if err != nil {
		r.refuseAsset(w, req, err)
		return
	}
	defer asset.Close()
	content, etag, err := r.digests.content(asset)
	if err != nil {
		r.refuseAsset(w, req, err)
		return
	}
	w.immutable = !asset.bundle.Live
	header := w.Header()
	header.Set("Content-Type", contentType(asset.name))
	if isDocument(contentType(asset.name)) {
		header.Set("Content-Security-Policy", r.csp)
	}
	if etag != "" {
		header.Set("Etag", etag)
	}
	// Ranges and conditions are http.ServeContent's: weak validators match
	// in If-None-Match, as RFC 9110 wants. No Last-Modified: mtimes differ
	// between machines that extracted the same bundle.
	http.ServeContent(w, req, asset.name, time.Time{}, content)
}

// openAsset opens what the URL names, or the UI's index when there is no such
// file: single-page apps route in the browser.
func (r *Runner) openAsset(req *http.Request) (*asset, error) {
	route, err := parseAssetRoute(req.URL.EscapedPath())
	if err != nil {
		return nil, err
	}
	tenant, err := requestedTenant(req)
	if err != nil {
		return nil, err
	}
	ref := Ref{Tenant: tenant, Extension: route.extension, Hash: route.hash}
	bundle, err := r.open(req.Context(), ref)
	if err != nil {
		return nil, err
	}
	found, err := openFile(bundle, route.path)
	if errors.Is(err, fs.ErrNotExist) {
		found, err = openFile(bundle, indexFile)
	}
	if errors.Is(err, fs.ErrNotExist) {
		return nil, notFound(fmt.Sprintf("extension %s has no such file and no ui/index.html%s", ref.Extension, in(bundle)))
	}
	if err != nil {
		return nil, err
	}
	if limit := r.cfg.MaxAssetBytes; limit > 0 && found.info.Size() > limit {
		found.Close()
		return nil, &failure{http.StatusRequestEntityTooLarge, "asset_too_large",
			fmt.Sprintf("asset too large: it has %d bytes, EXT_STATIC_MAX_FILE_BYTES allows %d", found.info.Size(), limit)}
	}
	return found, nil
}

// refuseAsset answers err. What it cannot name is a broken disk or folder:
// the log gets the cause, the browser a code.
func (r *Runner) refuseAsset(w *answer, req *http.Request, err error) {
	var f *failure
	if !errors.As(err, &f) {
		f = sourceFailure(err)
	}
	if f.status >= http.StatusInternalServerError {
		r.cfg.Logger.ErrorContext(req.Context(), "serving an asset", "path", req.URL.EscapedPath(), "code", f.code, "error", err)
	}
	writeAssetError(w, f)
}

package runner

import (
	"errors"
	"net/http"

	"github.com/same-origin/devproxy/caddymodule/runner/guest"
)

type warmupBody struct {
	ContentHash string `json:"content_hash"`
	Tenant      string `json:"tenant_id"`
	Extension   string `json:"extension_id"`
}

// serveWarmup answers `/warmup` with 204 once the handler is compiled. A hash
// alone does not name content: bundles are kept by tenant and extension.
func (r *Runner) serveWarmup(w *answer, req *http.Request) {
	if !r.verify(req) {
		refuseToken(w)
		return
	}
	var body warmupBody
	if f := r.readJSON(w, req, &body); f != nil {
		writeError(w, f)
		return
	}
	hash, err := parseLooseHash(body.ContentHash)
	if err != nil {
		writeError(w, badRequest("invalid_content_hash", err.Error()))
		return
	}
	if body.Extension == "" {
		writeError(w, badRequest("extension_id_missing", "a content hash alone names no bundle; add extension_id, and tenant_id if it is published"))
		return
	}
	if err := r.Warm(req.Context(), Ref{Tenant: body.Tenant, Extension: body.Extension, Hash: hash}); err != nil {
		writeError(w, warmupFailure(err))
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

func warmupFailure(err error) *failure {
	var fetch *FetchError
	var unsupported *guest.UnsupportedError
	var memory *guest.MemoryError
	switch {
	case errors.As(err, &memory):
		return &failure{http.StatusServiceUnavailable, guest.CodeMemory, memory.Error() + "; " + memory.Fix()}
	case errors.Is(err, ErrNotInstalled):
		return badRequest("extension_not_installed", err.Error())
	case errors.As(err, &fetch):
		return sourceFailure(err)
	case errors.As(err, &unsupported):
		return badRequest("unsupported_component", err.Error())
	default:
		return badRequest("warmup_failed", err.Error())
	}
}

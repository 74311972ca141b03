package caddymodule

import (
	"errors"
	"net/http"

	"github.com/same-origin/devproxy/caddymodule/internal/engine"
	"github.com/same-origin/devproxy/caddymodule/runnerstatus"
)

// BuildAnswer is the body of `POST /runner/build`.
type BuildAnswer struct {
	Builds []runnerstatus.Built `json:"builds"`
}

// build answers 200 also for what does not build: that is what was asked.
func (a *Admin) build(w http.ResponseWriter, r *http.Request) error {
	e := running(w, r, http.MethodPost)
	if e == nil {
		return nil
	}
	builds, err := e.Build(r.Context(), r.URL.Query().Get("extension"))
	switch {
	case errors.Is(err, engine.ErrUnknownExtension):
		return refuse(w, http.StatusNotFound, err.Error())
	case err != nil:
		return refuse(w, http.StatusConflict, err.Error())
	}
	return writeJSON(w, http.StatusOK, BuildAnswer{builds})
}

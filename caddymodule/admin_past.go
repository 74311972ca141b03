package caddymodule

import (
	"context"
	"errors"
	"net/http"

	"github.com/same-origin/devproxy/caddymodule/internal/engine"
	"github.com/same-origin/devproxy/caddymodule/runnerstatus"
)

// BuildsAnswer is the body of `GET /runner/builds` and `POST /runner/use-build`.
type BuildsAnswer struct {
	// V is the version of this shape.
	V          int                   `json:"v"`
	Extensions []runnerstatus.Builds `json:"extensions"`
}

// buildsVersion is that of [BuildsAnswer].
const buildsVersion = 1

func (a *Admin) builds(w http.ResponseWriter, r *http.Request) error {
	e := running(w, r, http.MethodGet)
	if e == nil {
		return nil
	}
	return answerBuilds(w, e, r.URL.Query().Get("extension"))
}

// useBuild answers 200 with the history when the build answers, 404 for one
// that is not kept and 409 for one that cannot answer; with `code` and `fix`.
func (a *Admin) useBuild(w http.ResponseWriter, r *http.Request) error {
	e := running(w, r, http.MethodPost)
	if e == nil {
		return nil
	}
	query := r.URL.Query()
	name := query.Get("extension")
	use := func(ctx context.Context) error { return e.UseBuild(ctx, name, query.Get("build")) }
	if query.Get("latest") == "1" {
		use = func(ctx context.Context) error { return e.UseLatest(ctx, name) }
	}
	err := use(r.Context())
	var refused *engine.BuildError
	switch {
	case errors.As(err, &refused):
		status := http.StatusConflict
		if refused.NoSuch() {
			status = http.StatusNotFound
		}
		return writeJSON(w, status, map[string]string{"error": err.Error(), "code": refused.Code, "fix": refused.Fix})
	case err != nil:
		return refuseBuilds(w, err)
	}
	return answerBuilds(w, e, name)
}

func answerBuilds(w http.ResponseWriter, e *engine.Engine, name string) error {
	list, err := e.Builds(name)
	if err != nil {
		return refuseBuilds(w, err)
	}
	return writeJSON(w, http.StatusOK, BuildsAnswer{buildsVersion, list})
}

func refuseBuilds(w http.ResponseWriter, err error) error {
	if errors.Is(err, engine.ErrUnknownExtension) {
		return refuse(w, http.StatusNotFound, err.Error())
	}
	return refuse(w, http.StatusConflict, err.Error())
}

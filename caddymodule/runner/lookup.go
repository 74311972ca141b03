package runner

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
)

// Where a bundle keeps its server handler: built, and while it is developed
// also as the script that it is built from.
const (
	handlerFile = "dist/main.wasm"
	scriptFile  = "dist/handler.js"
)

// open asks the sources, in order, for what ref names.
func (r *Runner) open(ctx context.Context, ref Ref) (Bundle, error) {
	for _, source := range r.cfg.Sources {
		bundle, err := source.Open(ctx, ref)
		if !errors.Is(err, ErrNotInstalled) {
			return bundle, err
		}
	}
	return Bundle{}, fmt.Errorf("%w: no source knows %s with content %s; reload the page if the extension was rebuilt, or add its folder",
		ErrNotInstalled, ref.Extension, ref.Hash)
}

// findHandler says whether the bundle holds a server handler.
func findHandler(bundle Bundle, extension string) error {
	if runsFromSource(bundle) {
		return nil
	}
	info, err := fs.Stat(bundle.Files, handlerFile)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("extension %s has no server handler: %s is missing%s; build it there, for instance with \"npm run build\"",
			extension, handlerFile, in(bundle))
	}
	if err != nil {
		return fmt.Errorf("finding the server handler of %s: %w", extension, err)
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("extension %s has no server handler: %s%s is not a file; remove it and build again",
			extension, handlerFile, in(bundle))
	}
	return nil
}

// sourceFailure gives the answer to an error of a source outside of the
// execute envelope.
func sourceFailure(err error) *failure {
	var fetch *FetchError
	switch {
	case errors.Is(err, ErrNotInstalled):
		return &failure{http.StatusNotFound, "extension_not_installed", err.Error()}
	case errors.As(err, &fetch) && fetch.Code == codeHashMismatch:
		return &failure{http.StatusBadGateway, fetch.Code, fetch.Err.Error()}
	case errors.As(err, &fetch):
		return &failure{http.StatusInternalServerError, fetch.Code, fetch.Err.Error()}
	default:
		return &failure{http.StatusInternalServerError, "asset_unreadable", "the extension's files cannot be read; the runner's log says why"}
	}
}

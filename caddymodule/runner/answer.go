package runner

import (
	"io"
	"net/http"
)

// answer is the response writer of every route. It decides Cache-Control
// when the status is known, in this one place: `no-store` for everything but
// a delivered asset whose URL names its content. A wrong `immutable` would
// stay in browsers for a year.
type answer struct {
	http.ResponseWriter
	immutable bool // the body is a sealed asset
	wrote     bool
}

func (w *answer) WriteHeader(status int) {
	if !w.wrote && status >= 200 {
		w.wrote = true
		w.Header().Set("Cache-Control", w.cacheControl(status))
		w.Header().Set("X-Content-Type-Options", "nosniff")
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *answer) cacheControl(status int) string {
	if !w.immutable {
		return "no-store"
	}
	switch status {
	case http.StatusOK, http.StatusPartialContent, http.StatusNotModified:
		return "public, max-age=31536000, immutable"
	default:
		return "no-store"
	}
}

func (w *answer) Write(p []byte) (int, error) {
	if !w.wrote {
		w.WriteHeader(http.StatusOK)
	}
	return w.ResponseWriter.Write(p)
}

// ReadFrom keeps sendfile(2) available for assets.
func (w *answer) ReadFrom(src io.Reader) (int64, error) {
	if !w.wrote {
		w.WriteHeader(http.StatusOK)
	}
	return io.Copy(w.ResponseWriter, src)
}

// Unwrap lets [http.ResponseController] reach the server's writer.
func (w *answer) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// Interface guards.
var (
	_ http.ResponseWriter = (*answer)(nil)
	_ io.ReaderFrom       = (*answer)(nil)
)

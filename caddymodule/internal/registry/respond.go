package registry

import (
	"encoding/json"
	"net/http"
	"strings"
)

const jsonType = "application/json; charset=utf-8"

// refuse answers with the one shape of an error, `{"error":{"code","message"}}`.
func refuse(w http.ResponseWriter, status int, code, message string) {
	writeJSON(w, status, map[string]any{"error": map[string]string{"code": code, "message": message}})
}

func writeJSON(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", jsonType)
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // who went away needs no answer
}

// jsonErrors gives the errors that net/http writes as text the shape of ours.
type jsonErrors struct {
	http.ResponseWriter
	replaced bool
}

// WriteHeader implements [http.ResponseWriter].
func (w *jsonErrors) WriteHeader(status int) {
	header := w.Header()
	if status < http.StatusBadRequest || header.Get("Content-Type") == jsonType {
		w.ResponseWriter.WriteHeader(status)
		return
	}
	w.replaced = true
	header.Del("Content-Length")
	header.Del("Etag")
	code := strings.ReplaceAll(strings.ToLower(http.StatusText(status)), " ", "_")
	refuse(w.ResponseWriter, status, code, messageOf(status))
}

// Write implements [http.ResponseWriter].
func (w *jsonErrors) Write(p []byte) (int, error) {
	if w.replaced {
		return len(p), nil
	}
	return w.ResponseWriter.Write(p)
}

// Unwrap lets [http.ResponseController] through.
func (w *jsonErrors) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func messageOf(status int) string {
	switch status {
	case http.StatusNotFound:
		return "there is nothing here; the registry answers /api/installs/lookup-by-host, /api/installs/validate and the bundle store"
	case http.StatusMethodNotAllowed:
		return "the registry is only read; use GET or HEAD"
	case http.StatusRequestedRangeNotSatisfiable:
		return "the range lies outside of the bundle; ask for one within the size that Content-Range names"
	}
	return "the request cannot be answered: " + http.StatusText(status)
}

package runner

import (
	"encoding/json"
	"net/http"
	"strconv"
)

// failure is an answer outside of the execute envelope that is not a success.
type failure struct {
	status  int
	code    string
	message string // what happened, and what to do next
}

func (f *failure) Error() string { return f.message }

func notFound(message string) *failure {
	return &failure{http.StatusNotFound, "not_found", message}
}

func badRequest(code, message string) *failure {
	return &failure{http.StatusBadRequest, code, message}
}

type errorBody struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

// writeError answers `{"error":{"code","message"}}`.
func writeError(w http.ResponseWriter, f *failure) {
	writeJSON(w, f.status, map[string]errorBody{"error": {f.code, f.message}})
}

// writeAssetError answers `{"code","message"}`, the shape that `/ext-ui` has
// always had: clients read its `code`.
func writeAssetError(w http.ResponseWriter, f *failure) {
	writeJSON(w, f.status, errorBody{f.code, f.message})
}

func writeJSON(w http.ResponseWriter, status int, body any) {
	data, err := json.Marshal(body)
	if err != nil {
		// Every body is one of our own structs of strings and numbers.
		panic("encoding a response: " + err.Error())
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(data)))
	w.WriteHeader(status)
	// A write error means that the client left; nobody is there to tell.
	_, _ = w.Write(data)
}

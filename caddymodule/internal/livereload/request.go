package livereload

import (
	"net/http"
	"strings"
)

// PrepareRequest asks the runner for a document that can be injected into:
// whole, and in an encoding that is known here. Other requests stay as they
// are.
func PrepareRequest(r *http.Request) {
	if !wantsDocument(r) {
		return
	}
	for _, name := range []string{"If-None-Match", "If-Modified-Since", "If-Range", "Range"} {
		r.Header.Del(name)
	}
	r.Header.Set("Accept-Encoding", acceptedEncodings)
}

func wantsDocument(r *http.Request) bool {
	switch r.Header.Get("Sec-Fetch-Dest") {
	case "document", "iframe", "frame":
		return true
	case "":
		return strings.Contains(r.Header.Get("Accept"), "text/html")
	default:
		return false
	}
}

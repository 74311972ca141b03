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

// Scripted says whether a script asked, which reads the answer: it may be of
// another extension, and the tag has a token. A script that asks for its own
// page goes without, too: who asks is not to be told apart.
func Scripted(r *http.Request) bool {
	switch r.Header.Get("Sec-Fetch-Dest") {
	case "":
		return r.Header.Get("Origin") != "" // as no navigation by GET has
	case "document", "iframe", "frame", "fencedframe", "embed", "object":
		return false
	default:
		return true
	}
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

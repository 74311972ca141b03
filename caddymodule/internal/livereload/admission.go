// admission.go decides who may use the endpoints, and shapes refusals.

package livereload

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
)

// admit answers those who may not come in. The origin is checked as well as
// the token: a page elsewhere that got hold of one still reads nothing.
func (l *Live) admit(w http.ResponseWriter, r *http.Request) bool {
	header := w.Header()
	header.Add("Vary", "Origin")
	switch origin := r.Header.Get("Origin"); {
	case origin == "null":
		// Set on refusals too: a page of an earlier process must be able to
		// tell "unknown token" from "no answer".
		header.Set("Access-Control-Allow-Origin", "null")
	case origin != "" && !isOwn(origin, r.Host):
		refuse(w, http.StatusForbidden, "foreign_origin", "live reload answers pages of its own origin and sandboxed ones only")
		return false
	}
	if query := r.URL.Query(); !l.tokens.admits(query.Get("ext"), query.Get("t")) {
		refuseToken(w)
		return false
	}
	return true
}

func refuseToken(w http.ResponseWriter) {
	refuse(w, http.StatusForbidden, "invalid_live_token", "the token in this address is not of this extension and this process; load the page again")
}

func isOwn(origin, host string) bool {
	u, err := url.Parse(origin)
	return err == nil && strings.EqualFold(u.Host, host)
}

// refuse answers with an error in the one shape that all endpoints have.
func refuse(w http.ResponseWriter, status int, code, message string) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	// a client that left needs no error
	_ = json.NewEncoder(w).Encode(map[string]any{"error": map[string]string{"code": code, "message": message}})
}

package runner

import (
	"crypto/sha256"
	"crypto/subtle"
	"net/http"
)

const tokenHeader = "X-Runner-Service-Token"

// verify reports whether req carries the configured service token. Digests
// are compared, so that the time taken tells neither content nor length.
func (r *Runner) verify(req *http.Request) bool {
	if r.cfg.ServiceToken == "" {
		return true
	}
	want := sha256.Sum256([]byte(r.cfg.ServiceToken))
	got := sha256.Sum256([]byte(req.Header.Get(tokenHeader)))
	return subtle.ConstantTimeCompare(want[:], got[:]) == 1
}

func refuseToken(w *answer) {
	writeError(w, &failure{http.StatusUnauthorized, "invalid_service_token",
		"x-runner-service-token is missing or wrong; give the caller and the runner the same RUNNER_SERVICE_TOKEN"})
}

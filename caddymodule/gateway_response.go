// gateway_response.go contains how a runner's envelope becomes the response.

package caddymodule

import (
	"net/http"
	"strings"

	"golang.org/x/net/http/httpguts"

	"github.com/same-origin/devproxy/caddymodule/internal/backend"
)

// envelopeErrors are the codes that an envelope's error begins with. Only
// these are passed on: what else stands there may be anything.
var envelopeErrors = []string{
	"missing_routing_headers", "unknown_capabilities", "engine_init_failed", "bundle_fetch_failed", "secret_decrypt_failed", "execute_failed", "memory_low",
}

func writeEnvelope(w http.ResponseWriter, r *http.Request, envelope backend.ExecuteResponse) error {
	for _, wait := range envelope.Waits {
		w.Header().Add("Server-Timing", wait) // the handler's own is not passed on
	}
	if envelope.Error != "" {
		return envelopeProblem(envelope).write(w, r)
	}
	if envelope.Status < 200 || envelope.Status > 599 {
		return problem{http.StatusBadGateway, "runner_error", "the handler answered with a status that is none"}.write(w, r)
	}
	header := w.Header()
	header.Set("Cache-Control", "no-store")
	header.Set("X-Content-Type-Options", "nosniff")
	for name, value := range envelope.Headers {
		if passes(name) && httpguts.ValidHeaderFieldName(name) && httpguts.ValidHeaderFieldValue(value) {
			header.Set(name, value)
		}
	}
	if len(envelope.Body) > 0 && header.Get("Content-Type") == "" {
		header.Set("Content-Type", "application/octet-stream")
	}
	header.Set("X-Request-Id", requestID(r))
	w.WriteHeader(envelope.Status)
	if envelope.Status == http.StatusNoContent || envelope.Status == http.StatusNotModified {
		return nil
	}
	_, err := w.Write(envelope.Body)
	return err
}

// passes says which of the handler's headers reach the browser. The rest,
// cookies above all, would act on the host's origin.
func passes(name string) bool {
	switch name = strings.ToLower(name); name {
	case "content-type", "cache-control", "etag", "location":
		return true
	}
	return strings.HasPrefix(name, "x-ext-")
}

func envelopeProblem(envelope backend.ExecuteResponse) problem {
	for _, code := range envelopeErrors {
		if rest, ok := strings.CutPrefix(envelope.Error, code); ok && (rest == "" || strings.HasPrefix(rest, ":")) {
			message := strings.TrimSpace(strings.TrimPrefix(rest, ":"))
			if message == "" {
				message = "the runner reports " + code
			}
			return problem{errorStatus(envelope.Status), code, message}
		}
	}
	return problem{errorStatus(envelope.Status), "runner_error", "the runner reports an error that it does not name"}
}

func errorStatus(status int) int {
	if status < 400 || status > 599 {
		return http.StatusBadGateway
	}
	return status
}

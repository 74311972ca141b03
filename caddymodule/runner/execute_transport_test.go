package runner

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestExecute_transport_errors_come_before_the_envelope(t *testing.T) {
	b := newBench(t, "", func(cfg *Config) { cfg.MaxExecuteBytes = 2000 })
	hello := body("/")
	for name, c := range map[string]struct {
		body, contentType, code string
		status                  int
	}{
		"no content type":  {hello, "", "unsupported_media_type", 415},
		"form":             {hello, "application/x-www-form-urlencoded", "unsupported_media_type", 415},
		"empty":            {"", "application/json", "invalid_json", 400},
		"cut short":        {hello[:len(hello)-1], "application/json", "invalid_json", 400},
		"two values":       {hello + hello, "application/json", "invalid_json", 400},
		"too large":        {hello + strings.Repeat(" ", 2000), "application/json", "payload_too_large", 413},
		"a list":           {"[]", "application/json", "invalid_request", 422},
		"no context":       {`{"http":{"method":"GET","path":"/"}}`, "application/json", "invalid_request", 422},
		"negative timeout": {body("/", map[string]any{"limits": map[string]any{"timeout_ms": -1}}), "application/json", "invalid_request", 422},
		"wrong base64":     {body("/", map[string]any{"http": map[string]any{"method": "GET", "path": "/", "body_b64": "~"}}), "application/json", "invalid_request", 422},
	} {
		got := b.post(t, c.body, "Content-Type", c.contentType)
		assert.Equal(t, c.status, got.StatusCode, name)
		assert.Equal(t, c.code, got.code(t), name)
		assert.Equal(t, noStore, got.Header.Get("Cache-Control"), name)
	}
	missing := b.post(t, `{"context":{"tenant_id":""}}`)
	assert.Contains(t, missing.body, "context.extension_id, context.content_hash, http.method, http.path")
}

func TestExecute_the_service_token_is_verified_when_configured(t *testing.T) {
	b := newBench(t, "", func(cfg *Config) { cfg.ServiceToken = "right" })
	for _, path := range []string{"/v1/execute", "/warmup"} {
		for _, headers := range [][]string{{}, {tokenHeader, "wrong"}, {tokenHeader, "righ"}, {tokenHeader, "right2"}, {tokenHeader, ""}} {
			got := send(t, b.Server, http.MethodPost, path, "not even JSON", headers...)
			assert.Equal(t, http.StatusUnauthorized, got.StatusCode, headers)
			assert.Equal(t, "invalid_service_token", got.code(t))
		}
	}
	b.execute(t, body("/"), tokenHeader, "right").assertFailed(t, 502, "bundle_fetch_failed: ")
}

func TestExecute_huge_headers_do_no_harm(t *testing.T) {
	b := newBench(t, "")
	huge := strings.Repeat("k", 400_000)
	b.execute(t, body("/"), "X-Idempotency-Key", huge, "X-Alga-Extension", huge).assertFailed(t, 502, "bundle_fetch_failed: ")
}

package caddymodule

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/caddymodule/internal/backend"
)

func TestAbuse_a_handlers_answer_cannot_steer_the_response(t *testing.T) {
	hostile := map[string]string{
		"content-type":                     "text/html\r\nSet-Cookie: stolen=1\r\n\r\n<script>",
		"location":                         "/x\nSet-Cookie: stolen=1",
		"etag":                             "\"a\x00b\"",
		"cache-control":                    "no-store\rX-Injected: 1",
		"x-ext-a\r\nSet-Cookie: stolen=1":  "b",
		"x-ext-b: c\r\nx-ext-d":            "e",
		"x-ext-":                           "empty",
		"x-ext-nul\x00":                    "a",
		"x-ext-nul":                        "a\x00b",
		"x-ext-fine":                       "fine",
		"set-cookie":                       "session=stolen; Path=/",
		"Set-Cookie":                       "session=stolen; Path=/",
		"connection":                       "close, X-Request-Id",
		"transfer-encoding":                "chunked",
		"content-length":                   "1",
		"keep-alive":                       "timeout=9",
		"upgrade":                          "websocket",
		"trailer":                          "Set-Cookie",
		"clear-site-data":                  `"*"`,
		"strict-transport-security":        "max-age=99",
		"service-worker-allowed":           "/",
		"access-control-allow-origin":      "*",
		"access-control-allow-credentials": "true",
		"content-security-policy":          "default-src *",
		"refresh":                          "0; url=https://evil.example",
		"link":                             "</x>; rel=preload",
		"x-accel-redirect":                 "/etc/passwd",
		"x-sendfile":                       "/etc/passwd",
		"www-authenticate":                 "Basic",
		"alt-svc":                          `h2="evil.example:443"`,
	}
	runner, _ := executor(t, fixed(backend.ExecuteResponse{Status: 200, Headers: hostile, Body: []byte("body")}))
	s := gatewayTo(t, runner.URL)
	answers := s.raw("GET /api/ext/acme.hello/items/1 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
	require.Equal(t, []int{200}, statuses(answers))
	a := answers[0]
	assert.Equal(t, "body", a.body, "whole, and nothing before it")
	for name := range a.header {
		assert.Contains(t, []string{"Cache-Control", "Connection", "Content-Length", "Content-Type", "Date", "Server", "X-Content-Type-Options", "X-Ext-", "X-Ext-Build", "X-Ext-Fine", "X-Request-Id", "X-Runner-Backend"}, name)
	}
	assert.Equal(t, "application/octet-stream", a.header.Get("Content-Type"), "a type that holds a line break is none")
	assert.Equal(t, "fine", a.header.Get("X-Ext-Fine"))
	t.Logf("%d headers that a handler might try", len(hostile))
}

func TestAbuse_a_status_that_is_none_is_a_fault_of_the_handler(t *testing.T) {
	for _, status := range []int{-200, -1, 0, 1, 99, 100, 101, 199, 600, 999, 1000, 65535, 65536 + 200, 1<<32 + 200} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			runner, _ := executor(t, fixed(backend.ExecuteResponse{Status: status, Body: []byte("x")}))
			a := gatewayTo(t, runner.URL).get("/api/ext/acme.hello/items/1")
			assert.Equal(t, 502, a.status)
			assert.Equal(t, "runner_error", a.code(t))
		})
	}
}

package backend

import "github.com/same-origin/devproxy/caddymodule/runner/trace"

// ExecuteRequest is the body of `POST /v1/execute`.
type ExecuteRequest struct {
	Context   ExecuteContext  `json:"context"`
	HTTP      ExecuteHTTP     `json:"http"`
	Limits    ExecuteLimits   `json:"limits"`
	Providers []string        `json:"providers"`
	Secrets   *SecretEnvelope `json:"secret_envelope,omitempty"`
	User      *ExecuteUser    `json:"user,omitempty"`
	// Trace asks the runner for a trace; it goes as a header.
	Trace bool `json:"-"`
}

// ExecuteContext says which extension runs, and for whom.
type ExecuteContext struct {
	RequestID   string            `json:"request_id,omitempty"`
	TenantID    string            `json:"tenant_id"`
	ExtensionID string            `json:"extension_id"`
	InstallID   string            `json:"install_id,omitempty"`
	ContentHash string            `json:"content_hash"`
	VersionID   string            `json:"version_id,omitempty"`
	Config      map[string]string `json:"config,omitempty"`
}

// ExecuteHTTP is the request as the handler sees it.
type ExecuteHTTP struct {
	Method  string            `json:"method"`
	Path    string            `json:"path"`
	Query   map[string]string `json:"query,omitempty"`
	Headers map[string]string `json:"headers,omitempty"`
	Body    []byte            `json:"body_b64,omitempty"`
}

// ExecuteLimits bound the handler.
type ExecuteLimits struct {
	TimeoutMS int64 `json:"timeout_ms,omitempty"`
	MemoryMB  int64 `json:"memory_mb,omitempty"`
}

// SecretEnvelope carries secrets as base64 of a JSON string map.
type SecretEnvelope struct {
	Ciphertext string `json:"ciphertext_b64"`
	Algorithm  string `json:"algorithm,omitempty"`
}

// ExecuteUser is who the handler is told to act for.
type ExecuteUser struct {
	UserID     string `json:"user_id"`
	UserEmail  string `json:"user_email"`
	UserName   string `json:"user_name"`
	UserType   string `json:"user_type"`
	ClientName string `json:"client_name"`
	ClientID   string `json:"client_id,omitempty"`
}

// ExecuteResponse is the envelope that a runner answers with.
type ExecuteResponse struct {
	Status  int               `json:"status"`
	Headers map[string]string `json:"headers"`
	Body    []byte            `json:"body_b64"`
	Error   string            `json:"error"`
	Trace   *trace.Trace      `json:"trace"` // nil unless the runner tells
	// Waits are how long the call waited on its way, as metrics of
	// Server-Timing; none comes from the runner.
	Waits []string `json:"-"`
}

package runner

import (
	"strings"
)

// executeBody is what a caller sends to `/v1/execute`. Fields that it does
// not have are ignored.
type executeBody struct {
	Context   executeContext  `json:"context"`
	HTTP      executeHTTP     `json:"http"`
	Limits    executeLimits   `json:"limits"`
	Providers []string        `json:"providers"`
	Secrets   *secretEnvelope `json:"secret_envelope"`
	User      *executeUser    `json:"user"`
}

// Required fields are pointers, to tell absent from empty.
type executeContext struct {
	RequestID   string            `json:"request_id"`
	TenantID    *string           `json:"tenant_id"`
	ExtensionID *string           `json:"extension_id"`
	InstallID   string            `json:"install_id"`
	ContentHash *string           `json:"content_hash"`
	VersionID   string            `json:"version_id"`
	Config      map[string]string `json:"config"`
}

type executeHTTP struct {
	Method  *string           `json:"method"`
	Path    *string           `json:"path"`
	Query   map[string]string `json:"query"`
	Headers map[string]string `json:"headers"`
	Body    []byte            `json:"body_b64"` // nil when absent
}

type executeLimits struct {
	TimeoutMS *uint64 `json:"timeout_ms"`
	MemoryMB  *uint64 `json:"memory_mb"`
	Fuel      *uint64 `json:"fuel"` // accepted, unused
}

type executeUser struct {
	UserID           string            `json:"user_id"`
	UserEmail        string            `json:"user_email"`
	UserName         string            `json:"user_name"`
	UserType         string            `json:"user_type"`
	ClientName       string            `json:"client_name"`
	CompanyName      string            `json:"company_name"` // the older name of client_name
	ClientID         string            `json:"client_id"`
	AdditionalFields map[string]string `json:"additional_fields"`
}

// check says which required fields are missing.
func (b *executeBody) check() *failure {
	var missing []string
	for _, field := range []struct {
		name  string
		value *string
	}{
		{"context.tenant_id", b.Context.TenantID},
		{"context.extension_id", b.Context.ExtensionID},
		{"context.content_hash", b.Context.ContentHash},
		{"http.method", b.HTTP.Method},
		{"http.path", b.HTTP.Path},
	} {
		if field.value == nil {
			missing = append(missing, field.name)
		}
	}
	if missing == nil {
		return nil
	}
	return wrongShape("the body lacks " + strings.Join(missing, ", "))
}

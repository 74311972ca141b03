package host

import (
	"log/slog"

	"github.com/same-origin/devproxy/caddymodule/runner/guest"
	"github.com/same-origin/devproxy/caddymodule/runner/trace"
)

// Invocation is what one execution may see and do.
type Invocation struct {
	// Context is what `get-context` answers; its InstallID also selects the
	// storage, schedules and business data that the extension works on.
	Context guest.Context
	// Granted are the capabilities, see [ParseCapabilities].
	Granted Capabilities
	// Secrets by key. Values are blanked in what the guest logs and throws.
	Secrets map[string]string
	// User who caused the request; nil when nobody did.
	User *User
	// Config of the installation. Components whose context has a `config`
	// field get it as a list of (key, value).
	Config map[string]string
	// Endpoints of the extension's manifest. Nil: the fixture
	// `endpoints.json` is asked instead.
	Endpoints []Endpoint
	// Journal is told of each call and of each line; nil: nobody asks.
	Journal *trace.Journal
	// Logger receives the guest's log lines. Default: the platform's.
	Logger *slog.Logger
}

// User is the signed-in user on whose behalf the extension runs.
type User struct {
	TenantID   string // default: the context's tenant
	ClientName string
	UserID     string
	UserEmail  string
	UserName   string
	UserType   string // "internal" or "client"
	ClientID   string // optional
	// AdditionalFields reach components that import `user-v2`.
	AdditionalFields map[string]string
}

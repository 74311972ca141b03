package engine

import (
	"time"

	"github.com/same-origin/devproxy/caddymodule/internal/backend"
	"github.com/same-origin/devproxy/caddymodule/internal/container"
	"github.com/same-origin/devproxy/caddymodule/internal/loop"
	"github.com/same-origin/devproxy/caddymodule/internal/monitor"
	"github.com/same-origin/devproxy/caddymodule/runnerstatus"
)

// Settings are everything about the runner that is no Caddy handler.
type Settings struct {
	// StateDir holds what outlives the process: the embedded runner's
	// socket, the extensions' storage and fixtures.
	StateDir string
	// CacheDir holds what can be made anew: compiled handlers, bundles.
	CacheDir string
	// Default names the backend that is selected first.
	Default string
	// Backends by name. The embedded one's address is the engine's business.
	Backends map[string]backend.Config
	// Monitors say how each backend is watched; a name that is missing has
	// [monitor.Default].
	Monitors map[string]monitor.Config
	// Compose says how the docker backend runs its project; it is started
	// when that backend is the default, or first used.
	Compose container.Config
	// Extensions in the order of the configuration.
	Extensions []Extension
	// LiveReload says how pages show a new build.
	LiveReload LiveReload
	// Explained says who said which setting, for people.
	Explained []runnerstatus.Setting
	// Egress lists the hosts that handlers may fetch from; see D5.
	Egress []string
	// ServiceToken is what the embedded runner demands, when not empty.
	ServiceToken string
	// GatewayTimeout bounds one call of a handler through the gateway; see
	// [Settings.CallTimeout].
	GatewayTimeout time.Duration
	// GuestTimeout and GuestMemoryMB are the limits that the gateway sends.
	GuestTimeout  time.Duration
	GuestMemoryMB int64
	// AssetCache bounds what is kept of content-addressed assets, in bytes;
	// 0 keeps nothing.
	AssetCache int64
	// Record keeps the calls of handlers in StateDir, without secrets; what was
	// kept is removed when it is off.
	Record bool
	// Hold bounds how long a request waits for a backend to get ready.
	Hold time.Duration
	// PublicBase is where browsers find the runner when that is not the site's
	// prefix: a path, or a URL; no slash at its end.
	PublicBase string
}

// CallTimeout bounds a call of a handler that goes to a backend: a backend that
// may take longer to begin its answer has as long.
func (s Settings) CallTimeout(to backend.Config) time.Duration {
	return max(s.GatewayTimeout, to.FirstByteTimeout)
}

// monitor is how the named backend is watched.
func (s Settings) monitor(name string) monitor.Config {
	if cfg, said := s.Monitors[name]; said {
		return cfg
	}
	return monitor.Default()
}

// Extension is one `extension` line of the configuration.
type Extension struct {
	Dir string
	// Loop says how it is watched and built; its folders are the engine's
	// business.
	Loop    loop.Options
	Tenant  string
	Secrets map[string]string
	Config  map[string]string
}

// Package standalone serves the reference runner on a port of its own, as the
// container image does. The command `devproxy runner` calls it; it calls the
// runner with the guest engine and the host functions behind it, and knows no
// Caddy.
//
// Everything is set by environment variables, under the names that runners of
// the platform have, so that one env file serves both.
package standalone

import "time"

// Settings are what a standalone runner serves, and how. [Read] fills them in
// from the environment.
type Settings struct {
	// Host and Port are the address to listen on (HOST, default 0.0.0.0; PORT,
	// default 8080). Port 0 takes a free one.
	Host string
	Port uint16
	// ServiceToken is what callers of execute must send
	// (RUNNER_SERVICE_TOKEN). Empty: callers are not verified.
	ServiceToken string
	// StateDir keeps what extensions store, their fixtures and compiled
	// handlers (RUNNER_STATE_DIR, default /var/lib/devproxy).
	StateDir string
	// ExtensionsDir holds the folders of extensions that are served as they
	// are on disk (RUNNER_EXTENSIONS_DIR, default /extensions). Empty: none.
	ExtensionsDir string
	// BundleStore is the URL of published bundles (BUNDLE_STORE_BASE), and
	// BundleStoreKey what it gets as `x-api-key` (ALGA_AUTH_KEY). Empty: none.
	BundleStore, BundleStoreKey string
	// CacheDir keeps fetched bundles (EXT_CACHE_ROOT, default `bundles` in
	// StateDir).
	CacheDir string
	// MaxCacheBytes bounds the bundles that are kept (EXT_CACHE_MAX_BYTES).
	// Zero: no bound.
	MaxCacheBytes int64
	// MaxAssetBytes bounds one UI file (EXT_STATIC_MAX_FILE_BYTES). Zero: no
	// bound.
	MaxAssetBytes int64
	// ContentSecurityPolicy replaces the policy of UI documents
	// (EXT_UI_CONTENT_SECURITY_POLICY); FrameAncestors adds to the default one
	// (EXT_UI_FRAME_ANCESTORS).
	ContentSecurityPolicy, FrameAncestors string
	// Egress names the hosts that handlers may fetch from
	// (EXT_EGRESS_ALLOWLIST, separated by commas). Empty: none.
	Egress []string
	// UIProxyBase is where `ui-proxy` sends its calls (UI_PROXY_BASE_URL).
	// Empty: a fixture answers.
	UIProxyBase string
	// Grace bounds how long requests may take to end after the order to stop.
	// Default: 10 s. No variable sets it.
	Grace time.Duration
}

const (
	defaultHost       = "0.0.0.0"
	defaultPort       = 8080
	defaultState      = "/var/lib/devproxy"
	defaultExtensions = "/extensions"
	defaultGrace      = 10 * time.Second
)

package runner

import (
	"errors"
	"log/slog"
	"time"

	"github.com/same-origin/devproxy/caddymodule/runner/guest"
	"github.com/same-origin/devproxy/caddymodule/runner/host"
)

// Config says what a [Runner] serves and within which bounds.
type Config struct {
	// Sources are asked in order; the first that knows an extension answers.
	Sources []Source
	// Engine executes handlers. Without one the runner serves UIs only, and
	// execute answers `engine_init_failed`.
	Engine guest.Engine
	// Platform answers the handlers' calls; required with Engine.
	Platform *host.Platform
	// ServiceToken is what callers of execute and warmup must send as
	// `x-runner-service-token`. Empty: callers are not verified.
	ServiceToken string
	// MaxAssetBytes bounds one UI file (EXT_STATIC_MAX_FILE_BYTES); larger
	// ones answer 413. Zero means no bound.
	MaxAssetBytes int64
	// MaxExecuteBytes bounds the JSON body of an execute. The default,
	// 16 MiB, holds a 10 MiB request body as base64.
	MaxExecuteBytes int64
	// ContentSecurityPolicy replaces the policy sent with UI documents
	// (EXT_UI_CONTENT_SECURITY_POLICY), verbatim.
	ContentSecurityPolicy string
	// FrameAncestors is added to the default policy as `frame-ancestors`
	// (EXT_UI_FRAME_ANCESTORS). Empty: any page may embed the UI.
	FrameAncestors string
	// DefaultTimeout bounds a handler's run when the caller names no
	// timeout. Default 30 s.
	DefaultTimeout time.Duration
	// CacheDir is where fetched bundles are kept (EXT_CACHE_ROOT); health
	// reports whether it can be written. Empty: nothing is cached.
	CacheDir string
	// FailuresTold says that whoever calls tells people of a handler that
	// failed: its exception then is not logged here as well.
	FailuresTold bool
	// Logger gets one line per execution and what went wrong with an asset.
	// Default: nothing is logged.
	Logger *slog.Logger
}

const (
	defaultExecuteBytes = 16 << 20
	defaultTimeout      = 30 * time.Second
)

func (c Config) withDefaults() (Config, error) {
	if c.Engine != nil && c.Platform == nil {
		return c, errors.New("setting up the runner: an engine needs a platform that answers its calls; give Config.Platform")
	}
	if c.MaxExecuteBytes <= 0 {
		c.MaxExecuteBytes = defaultExecuteBytes
	}
	if c.DefaultTimeout <= 0 {
		c.DefaultTimeout = defaultTimeout
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return c, nil
}

// policy gives the Content-Security-Policy of UI documents.
func (c Config) policy() string {
	if c.ContentSecurityPolicy != "" {
		return c.ContentSecurityPolicy
	}
	policy := "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; " +
		"img-src 'self' data:; font-src 'self'; connect-src 'self'; object-src 'none'; " +
		"base-uri 'self'; form-action 'self'"
	if c.FrameAncestors != "" {
		policy += "; frame-ancestors " + c.FrameAncestors
	}
	return policy
}

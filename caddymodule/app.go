// app.go contains App, the module that owns the engine's settings, and how
// the engine outlives the configs that refer to it.

package caddymodule

import (
	"context"
	"fmt"
	"sync/atomic"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyevents"
	"go.uber.org/zap"

	"github.com/same-origin/devproxy/caddymodule/internal/engine"
)

func init() { caddy.RegisterModule(App{}) }

// App configures the runner: where it may live, and which extensions it has.
type App struct {
	// StateDir holds what outlives the process: extensions' storage, local
	// fixtures, the embedded runner's socket. Default: `runner` in Caddy's
	// data directory.
	StateDir string `json:"state_dir,omitempty"`

	// CacheDir holds what can be made anew: compiled handlers. Default:
	// `devproxy` in the user's cache directory.
	CacheDir string `json:"cache_dir,omitempty"`

	// Default names the backend that gets the requests at start, or is the URL
	// of a runner. Default: `embedded`.
	Default string `json:"default,omitempty"`

	// Backends are the places the runner may live, by name. `embedded` is
	// always there.
	Backends map[string]*Backend `json:"backends,omitempty"`

	// Monitor says how backends are watched that do not say it themselves.
	Monitor *Monitor `json:"monitor,omitempty"`

	// Emulate has the embedded and docker backends behave as a Knative service
	// would. Default: they do not.
	Emulate *Emulate `json:"emulate,omitempty"`

	// PublicBase is where browsers find the runner: a path or a URL. Default:
	// the site's prefix.
	PublicBase string `json:"public_base,omitempty"`

	// Extensions are the developer's extension folders.
	Extensions []*Extension `json:"extensions,omitempty"`

	// Egress lists the hosts, subdomains included, that handlers in the
	// embedded runner may fetch from; `*` allows all. Default: none.
	Egress []string `json:"egress,omitempty"`

	// ServiceToken goes with execute and health calls, and the embedded
	// runner demands it. Use a placeholder such as `{env.RUNNER_SERVICE_TOKEN}`,
	// so that the secret does not end in the config. Default: none.
	ServiceToken string `json:"service_token,omitempty"`

	// Timeout bounds one call of a handler through the gateway, and the wait
	// for a backend's first byte. A backend with a longer timeout has that for
	// both. Default: 30s.
	Timeout caddy.Duration `json:"timeout,omitempty"`

	// Hold bounds how long a request waits for a backend that is starting.
	// Default: 5s.
	Hold caddy.Duration `json:"hold,omitempty"`

	// Limits bound a handler. Default: 5s and 256 MiB.
	Limits *Limits `json:"limits,omitempty"`

	// AssetCache bounds the memory for assets whose URL names their content,
	// in bytes; below 0 keeps none. What is loaded with `extension` is never
	// kept. Default: 64 MiB.
	AssetCache int64 `json:"asset_cache,omitempty"`

	// Watch is `on`, `poll` for file systems that tell nothing, or `off`.
	// Default: `on`.
	Watch string `json:"watch,omitempty"`

	// History is how many builds of an extension stay addressable. Default:
	// 20.
	History int `json:"history,omitempty"`

	// Record is `on` to keep the newest calls of handlers in StateDir, for
	// `replay`, `trace` and `capabilities`, or `off`, which removes what was
	// kept. Secrets are blanked. Default: `on`.
	Record string `json:"record,omitempty"`

	// LiveReload says how pages show a new build. Default: hot.
	LiveReload *LiveReload `json:"live_reload,omitempty"`

	// Explained says who said which of these settings, for the dashboard:
	// whoever made this config of a file, of variables and of flags knows.
	// Default: as far as the config and the environment tell.
	Explained []Setting `json:"explained,omitempty"`

	// composeToken is ServiceToken as the config has it: a compose file asks for
	// the environment's itself.
	composeToken string

	engine *engine.Engine
	events *caddyevents.App
	ctx    caddy.Context
}

// CaddyModule returns the Caddy module information.
func (App) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{ID: "runner", New: func() caddy.Module { return new(App) }}
}

// engines lets one engine outlive every config that refers to it. The key is
// fixed: while Caddy reloads, the old and the new config live side by side,
// and a key of the config's own would run everything twice.
var engines = caddy.NewUsagePool()

const engineKey = "runner"

// live is the engine that the admin API talks to. The admin API can stay
// bound to a config that failed to load, so it must not hold on to an App.
var live atomic.Pointer[engine.Engine]

// pooled clears live when the last config has let go of the engine.
type pooled struct{ *engine.Engine }

func (p pooled) Destruct() error {
	live.CompareAndSwap(p.Engine, nil)
	return p.Close()
}

// Provision attaches the engine. It starts nothing: `caddy validate` and
// configs that fail to load come this far too.
func (a *App) Provision(ctx caddy.Context) error {
	a.ctx = ctx
	a.explain()
	if err := a.setDefaults(); err != nil {
		return err
	}
	module, err := ctx.App("events")
	if err != nil {
		return err
	}
	a.events = module.(*caddyevents.App)
	if err := a.events.On("started", onStarted{a}); err != nil {
		return fmt.Errorf("subscribing to Caddy's started event: %w", err)
	}
	if err := a.events.On("stopping", onStopping{a}); err != nil {
		return fmt.Errorf("subscribing to Caddy's stopping event: %w", err)
	}
	value, _, err := engines.LoadOrNew(engineKey, func() (caddy.Destructor, error) {
		return pooled{engine.New()}, nil
	})
	if err != nil {
		return err
	}
	a.engine = value.(pooled).Engine
	live.Store(a.engine)
	return registerMetrics(ctx, a.engine)
}

// Start applies nothing: apps start in random order, and settings applied here
// would stay even when another app then fails and Caddy keeps the old config.
// It only asks whether a backend answers that is not optional.
func (a *App) Start() error { return a.require() }

// Stop does nothing, for the same reason; the engine stops in Cleanup, after
// the requests that still run.
func (a *App) Stop() error { return nil }

// Cleanup lets go of the engine, which ends when no config is left.
func (a *App) Cleanup() error {
	if a.engine == nil {
		return nil
	}
	_, err := engines.Delete(engineKey)
	return err
}

// onStarted applies the settings once every app has started.
type onStarted struct{ app *App }

func (s onStarted) Handle(context.Context, caddy.Event) error {
	s.app.engine.SetLogger(s.app.ctx.Slogger())
	settings, err := s.app.settings()
	if err != nil {
		s.app.engine.Fail(err)
		return err
	}
	if s.app.ServiceToken != "" && settings.ServiceToken == "" {
		s.app.ctx.Logger().Warn("service_token stands for nothing, so no token is sent or asked for", zap.String("service_token", s.app.ServiceToken))
	}
	s.app.engine.Board().Hide(secrets(settings))
	return s.app.engine.Apply(settings)
}

// onStopping ends streams before Caddy waits for them, if the process ends: at a
// reload they go on.
type onStopping struct{ app *App }

func (s onStopping) Handle(context.Context, caddy.Event) error {
	if caddy.Exiting() {
		s.app.engine.Leave()
	}
	return nil
}

var (
	_ caddy.App          = (*App)(nil)
	_ caddy.Provisioner  = (*App)(nil)
	_ caddy.Validator    = (*App)(nil)
	_ caddy.CleanerUpper = (*App)(nil)
)

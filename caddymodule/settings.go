// settings.go contains the parts of App's JSON and how they become the
// engine's settings.

package caddymodule

import (
	"cmp"
	"fmt"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/caddyserver/caddy/v2"

	"github.com/same-origin/devproxy/caddymodule/internal/assetcache"
	"github.com/same-origin/devproxy/caddymodule/internal/backend"
	"github.com/same-origin/devproxy/caddymodule/internal/engine"
	"github.com/same-origin/devproxy/caddymodule/internal/loop"
	"github.com/same-origin/devproxy/caddymodule/internal/monitor"
)

// embeddedName is the backend that is always there.
const embeddedName = "embedded"

// upstreamKeepAlive is how long idle connections to a runner are kept. Node
// closes its own after 5 s, and a POST sent on a connection that is being
// closed is lost, so ours go well before.
const upstreamKeepAlive = 2 * time.Second

// Extension is one of the developer's extensions.
type Extension struct {
	// Dir is the folder that holds manifest.json, ui/ and dist/main.wasm.
	Dir string `json:"dir"`

	// Tenant is whom the extension is installed for. Default: `local`.
	Tenant string `json:"tenant,omitempty"`

	// Secrets are what the handler may read with `secrets.get`. Values may
	// be placeholders such as `{env.API_KEY}`.
	Secrets map[string]string `json:"secrets,omitempty"`

	// Config is the installation's configuration, given to the handler.
	Config map[string]string `json:"config,omitempty"`

	// Build says how the extension is built. Default: as its files suggest.
	Build *Build `json:"build,omitempty"`
}

// Limits bound a handler.
type Limits struct {
	// Timeout is how long a handler may run. Default: 5s.
	Timeout caddy.Duration `json:"timeout,omitempty"`

	// MemoryMB caps the handler's memory, in MiB. Default: 256.
	MemoryMB int64 `json:"memory_mb,omitempty"`
}

func (a *App) setDefaults() error {
	if err := a.overlay(os.Getenv); err != nil {
		return err
	}
	a.StateDir = cmp.Or(a.StateDir, filepath.Join(caddy.AppDataDir(), "runner"))
	if a.CacheDir == "" {
		dir, err := os.UserCacheDir()
		if err != nil {
			return fmt.Errorf("finding the cache directory: %w; set cache_dir", err)
		}
		a.CacheDir = filepath.Join(dir, "devproxy")
	}
	a.Default = cmp.Or(a.Default, embeddedName)
	a.Timeout = cmp.Or(a.Timeout, caddy.Duration(30*time.Second))
	a.Hold = cmp.Or(a.Hold, caddy.Duration(5*time.Second))
	a.AssetCache = cmp.Or(a.AssetCache, assetcache.DefaultBytes)
	limits := Limits{}
	if a.Limits != nil {
		limits = *a.Limits
	}
	limits.Timeout = cmp.Or(limits.Timeout, caddy.Duration(5*time.Second))
	limits.MemoryMB = cmp.Or(limits.MemoryMB, 256)
	a.Limits = &limits
	return nil
}

// Validate repeats, for JSON users, what the Caddyfile parser checks with
// line numbers.
func (a *App) Validate() error {
	if err := a.checkDefault(); err != nil {
		return err
	}
	for name, b := range a.Backends {
		if b == nil {
			return fmt.Errorf("backend %s: it is null; write {} or {\"url\": …}", name)
		}
		if err := b.validate(name); err != nil {
			return err
		}
	}
	if err := a.Monitor.over(monitor.Default()).Validate(); err != nil {
		return fmt.Errorf("monitor: %w", err)
	}
	for i, extension := range a.Extensions {
		if extension == nil || extension.Dir == "" {
			return fmt.Errorf("extensions[%d]: dir is missing; name the folder that holds manifest.json", i)
		}
	}
	if a.Record != "" && !slices.Contains(recordModes, a.Record) {
		return fmt.Errorf("record is on or off, not %q", a.Record)
	}
	return a.validateLoop()
}

// checkDefault names the backend that was probably meant.
func (a *App) checkDefault() error {
	if a.Default == embeddedName || a.Backends[a.Default] != nil {
		return nil
	}
	return &UnknownBackendError{a.Default, a.backendNames()}
}

// UnknownBackendError is a default that no backend has as its name.
type UnknownBackendError struct {
	Name  string
	Known []string // sorted
}

func (e *UnknownBackendError) Error() string {
	return fmt.Sprintf("default backend %q is not defined%s", e.Name, didYouMean(e.Name, e.Known))
}

// recordModes are the words for Record.
var recordModes = []string{"on", "off"}

func isPlaceholder(text string) bool { return strings.Contains(text, "{") }

func (a *App) backendNames() []string {
	names := append(slices.Collect(maps.Keys(a.Backends)), embeddedName)
	slices.Sort(names)
	return slices.Compact(names)
}

// settings resolves the placeholders, which must not happen earlier: what
// they stand for would end in the config.
func (a *App) settings() (engine.Settings, error) {
	// what is no placeholder stays: a folder may be called br{a}ce
	resolve := func(s string) string { return caddy.NewReplacer().ReplaceKnown(s, "") }
	s := engine.Settings{
		Explained:      a.Explained,
		StateDir:       resolve(a.StateDir),
		CacheDir:       resolve(a.CacheDir),
		Default:        a.Default,
		Egress:         a.Egress,
		ServiceToken:   resolve(a.ServiceToken),
		GatewayTimeout: time.Duration(a.Timeout),
		GuestTimeout:   time.Duration(a.Limits.Timeout),
		GuestMemoryMB:  a.Limits.MemoryMB,
		Hold:           time.Duration(a.Hold),
		AssetCache:     max(a.AssetCache, 0),
		Record:         a.Record != "off",
		PublicBase:     strings.TrimRight(resolve(a.PublicBase), "/"),
	}
	s.LiveReload = a.liveReload(resolve)
	for _, extension := range a.Extensions {
		s.Extensions = append(s.Extensions, extension.settings(resolve, a.loopOptions(extension, resolve)))
	}
	var err error
	if s.Backends, err = a.backendConfigs(resolve, s.ServiceToken); err != nil {
		return s, err
	}
	if s.Monitors, err = a.monitors(os.Getenv); err != nil {
		return s, err
	}
	s.Compose, err = a.composeConfig(resolve, s)
	return s, err
}

func (e *Extension) settings(resolve func(string) string, options loop.Options) engine.Extension {
	out := engine.Extension{
		Dir:     resolve(e.Dir),
		Loop:    options,
		Tenant:  cmp.Or(resolve(e.Tenant), engine.DefaultTenant),
		Secrets: map[string]string{},
		Config:  map[string]string{},
	}
	for name, value := range e.Secrets {
		// a placeholder of nothing: the handler learns that the secret is
		// missing, which an empty one would hide
		if resolved := resolve(value); resolved != "" || value == "" {
			out.Secrets[name] = resolved
		}
	}
	for name, value := range e.Config {
		out.Config[name] = resolve(value)
	}
	return out
}

func (a *App) backendConfigs(resolve func(string) string, token string) (map[string]backend.Config, error) {
	shared := backend.Config{ServiceToken: token, FirstByteTimeout: time.Duration(a.Timeout), KeepAlive: upstreamKeepAlive}
	if a.Emulate != nil {
		shared.Emulated, shared.Emulation = true, a.Emulate.config()
	}
	embedded := shared
	embedded.Name, embedded.Kind = embeddedName, backend.Embedded
	configs := map[string]backend.Config{embeddedName: embedded}
	for name, b := range a.Backends {
		if name == embeddedName {
			continue
		}
		// what answers at a URL is as slow as it is
		own := shared
		own.Emulated = shared.Emulated && b.Compose != nil
		cfg, err := b.config(name, own, resolve)
		if err != nil {
			return nil, err
		}
		configs[name] = cfg
	}
	return configs, nil
}

// monitors are how the backends are watched: what the environment says goes
// over a backend's own options, and those over the app's.
func (a *App) monitors(getenv func(string) string) (map[string]monitor.Config, error) {
	shared := a.Monitor.over(monitor.Default())
	out := map[string]monitor.Config{}
	for _, name := range a.backendNames() {
		cfg := shared
		if b := a.Backends[name]; b != nil {
			cfg = b.Monitor.over(shared)
		}
		cfg, err := monitor.FromEnv(cfg, getenv)
		if err != nil {
			return nil, err
		}
		out[name] = cfg
	}
	return out, nil
}

func parseBaseURL(address string) (*url.URL, error) {
	base, err := url.Parse(address)
	if err == nil {
		address = base.Redacted() // the error goes to a log
	}
	if err != nil || (base.Scheme != "http" && base.Scheme != "https") || base.Host == "" {
		return nil, fmt.Errorf("%q is no base URL; write one such as http://127.0.0.1:8080", address)
	}
	if base.RawQuery != "" || base.Fragment != "" {
		return nil, fmt.Errorf("base URL %q must not have a query or fragment", base.Redacted())
	}
	return base, nil
}

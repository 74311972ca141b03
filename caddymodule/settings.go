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

	"github.com/same-origin/devproxy/caddymodule/internal/backend"
	"github.com/same-origin/devproxy/caddymodule/internal/engine"
)

// embeddedName is the backend that is always there.
const embeddedName = "embedded"

// upstreamKeepAlive is how long idle connections to a runner are kept. Node
// closes its own after 5 s, and a POST sent on a connection that is being
// closed is lost, so ours go well before.
const upstreamKeepAlive = 2 * time.Second

// Backend is one place the runner may live.
type Backend struct {
	// URL is where the runner answers, such as `http://127.0.0.1:8080`.
	// Placeholders are resolved at start; when nothing is left, requests
	// answer 500 `runner_not_configured`.
	URL string `json:"url,omitempty"`
}

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
}

// Limits bound a handler.
type Limits struct {
	// Timeout is how long a handler may run. Default: 5s.
	Timeout caddy.Duration `json:"timeout,omitempty"`

	// MemoryMB caps the handler's memory, in MiB. Default: 256.
	MemoryMB int64 `json:"memory_mb,omitempty"`
}

func (a *App) setDefaults() error {
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
	if a.Default != embeddedName && a.Backends[a.Default] == nil {
		return fmt.Errorf("default backend %q is not defined%s", a.Default, didYouMean(a.Default, a.backendNames()))
	}
	for name, b := range a.Backends {
		if b == nil {
			return fmt.Errorf("backend %s: it is null; write {} or {\"url\": …}", name)
		}
		if b.URL == "" || strings.Contains(b.URL, "{") {
			continue
		}
		if _, err := parseBaseURL(b.URL); err != nil {
			return fmt.Errorf("backend %s: %w", name, err)
		}
	}
	for i, extension := range a.Extensions {
		if extension == nil || extension.Dir == "" {
			return fmt.Errorf("extensions[%d]: dir is missing; name the folder that holds manifest.json", i)
		}
	}
	return nil
}

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
		StateDir:       resolve(a.StateDir),
		CacheDir:       resolve(a.CacheDir),
		Default:        a.Default,
		Egress:         a.Egress,
		ServiceToken:   resolve(a.ServiceToken),
		GatewayTimeout: time.Duration(a.Timeout),
		GuestTimeout:   time.Duration(a.Limits.Timeout),
		GuestMemoryMB:  a.Limits.MemoryMB,
		Hold:           time.Duration(a.Hold),
	}
	for _, extension := range a.Extensions {
		s.Extensions = append(s.Extensions, extension.settings(resolve))
	}
	var err error
	s.Backends, err = a.backendConfigs(resolve, s.ServiceToken)
	return s, err
}

func (e *Extension) settings(resolve func(string) string) engine.Extension {
	out := engine.Extension{
		Dir:     resolve(e.Dir),
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
	embedded := shared
	embedded.Name, embedded.Kind = embeddedName, backend.Embedded
	configs := map[string]backend.Config{embeddedName: embedded}
	for name, b := range a.Backends {
		if name == embeddedName {
			continue
		}
		cfg := shared
		cfg.Name, cfg.Kind = name, backend.URL
		if address := resolve(b.URL); address != "" {
			base, err := parseBaseURL(address)
			if err != nil {
				return nil, fmt.Errorf("backend %s: %w", name, err)
			}
			cfg.BaseURL = base
		}
		configs[name] = cfg
	}
	return configs, nil
}

func parseBaseURL(address string) (*url.URL, error) {
	base, err := url.Parse(address)
	if err != nil || (base.Scheme != "http" && base.Scheme != "https") || base.Host == "" {
		return nil, fmt.Errorf("%q is no base URL; write one such as http://127.0.0.1:8080", address)
	}
	if base.RawQuery != "" || base.Fragment != "" {
		return nil, fmt.Errorf("base URL %q must not have a query or fragment", base.Redacted())
	}
	return base, nil
}

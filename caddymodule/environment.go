// environment.go contains what the platform's variables say of the backends:
// they go over the config, as flags go over them.

package caddymodule

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/caddyserver/caddy/v2"

	"github.com/same-origin/devproxy/caddymodule/internal/monitor"
)

// The variables that say which backends there are; the monitor's are
// DOCKER_RUNNER_OPTIONAL and DOCKER_RUNNER_CONNECT_….
const (
	EnvBackend    = "RUNNER_BACKEND"         // a backend's name, or a runner's URL
	EnvDockerHost = "RUNNER_DOCKER_HOST"     // URL of the backend docker
	EnvBaseURL    = "RUNNER_BASE_URL"        // URL of the backend knative, and of docker where nothing else is said
	EnvPublicBase = "RUNNER_PUBLIC_BASE"     // where browsers find the runner
	EnvToken      = "RUNNER_SERVICE_TOKEN"   // #nosec G101 -- a variable's name
	EnvTimeout    = "EXT_GATEWAY_TIMEOUT_MS" // of a call through the gateway
)

// overlay puts what the environment says over the config. Applied twice it
// changes nothing more.
func (a *App) overlay(getenv func(string) string) error {
	env := trimmed(getenv)
	if err := a.overlayBackends(env); err != nil {
		return err
	}
	if value := env(EnvPublicBase); value != "" {
		a.PublicBase = value
	}
	a.composeToken = a.ServiceToken
	if env(EnvToken) != "" {
		// the secret itself must not stand in a config
		a.ServiceToken = "{env." + EnvToken + "}"
	}
	if err := a.overlayTimeout(env(EnvTimeout)); err != nil {
		return err
	}
	_, err := monitor.ConfigFromEnv(getenv)
	return err
}

func trimmed(getenv func(string) string) func(string) string {
	return func(name string) string { return strings.TrimSpace(getenv(name)) }
}

// overlayBackends is the part of it that is about where the runner is.
func (a *App) overlayBackends(env func(string) string) error {
	if name := env(EnvBackend); name != "" {
		a.Default = name
	}
	if lower := strings.ToLower(a.Default); a.Backends[a.Default] == nil && !strings.Contains(lower, "://") {
		a.Default = lower // the platform reads its names so
	}
	return a.overlayURLs(env)
}

func (a *App) overlayTimeout(text string) error {
	if text == "" {
		return nil
	}
	ms, err := strconv.ParseInt(text, 10, 64)
	if err != nil || ms <= 0 || ms > int64(24*time.Hour/time.Millisecond) {
		return fmt.Errorf("%s is %q: give whole milliseconds above 0, or leave it out for 30000", EnvTimeout, text)
	}
	a.Timeout = caddy.Duration(time.Duration(ms) * time.Millisecond)
	return nil
}

// overlayURLs gives the backends that have a meaning of their own their URLs,
// and makes those that are only named.
func (a *App) overlayURLs(env func(string) string) error {
	for _, name := range []string{EnvDockerHost, EnvBaseURL} {
		if address := env(name); address != "" {
			if _, err := parseBaseURL(address); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
		}
	}
	a.overlayDocker(env(EnvDockerHost), env(EnvBaseURL), env("COMPOSE_FILE") != "")
	a.overlayKnative(env(EnvBaseURL))
	return a.overlayDefault()
}

// overlayDocker: a runner that somebody has started elsewhere comes before one
// that we would start.
func (a *App) overlayDocker(host, base string, composeFile bool) {
	b := a.Backends[dockerName]
	if b == nil && a.Default != dockerName && host == "" {
		return
	}
	if b == nil {
		b = &Backend{Compose: new(Compose)}
		a.addBackend(dockerName, b)
	}
	if host == "" && b.URL == "" && b.Compose != nil && len(b.Compose.Files) == 0 && !composeFile && a.Default == dockerName {
		host = base
	}
	if host != "" {
		b.URL, b.Compose = host, nil
	}
}

func (a *App) overlayKnative(base string) {
	if a.Backends[knativeName] == nil && a.Default == knativeName {
		a.addBackend(knativeName, new(Backend))
	}
	if b := a.Backends[knativeName]; b != nil && base != "" {
		b.URL = base
	}
}

// overlayDefault makes the backend of a default that is a URL.
func (a *App) overlayDefault() error {
	if !strings.Contains(a.Default, "://") {
		return nil
	}
	if _, err := parseBaseURL(a.Default); err != nil {
		return fmt.Errorf("default backend: %w", err)
	}
	a.addBackend(urlName, &Backend{URL: a.Default})
	a.Default = urlName
	return nil
}

func (a *App) addBackend(name string, b *Backend) {
	if a.Backends == nil {
		a.Backends = map[string]*Backend{}
	}
	a.Backends[name] = b
}

// settings_backend.go contains what App's JSON says of one backend: where it
// is, how it is reached, and how it is watched.

package caddymodule

import (
	"cmp"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/caddyserver/caddy/v2"

	"github.com/same-origin/devproxy/caddymodule/internal/backend"
	"github.com/same-origin/devproxy/caddymodule/internal/knative"
	"github.com/same-origin/devproxy/caddymodule/internal/monitor"
)

// The names with a meaning of their own.
const (
	dockerName  = "docker"
	knativeName = "knative"
	urlName     = "url" // of a backend that is given as a URL instead of a name
)

// Backend is one place the runner may live.
type Backend struct {
	// URL is where the runner answers, such as `http://127.0.0.1:8080`.
	// Placeholders are resolved at start; when nothing is left, requests
	// answer 500 `runner_not_configured`.
	URL string `json:"url,omitempty"`

	// Compose makes this the docker backend: the runner is a service of a
	// compose project that starts when the backend is the default, or is used
	// for the first time.
	Compose *Compose `json:"compose,omitempty"`

	// Knative says how a service of a Knative cluster is found and reached.
	Knative *Knative `json:"knative,omitempty"`

	// ServiceToken replaces the runner's for this backend.
	ServiceToken string `json:"service_token,omitempty"`

	// Timeout bounds the wait for the first byte of an answer, a cold start
	// included. Default: the app's timeout.
	Timeout caddy.Duration `json:"timeout,omitempty"`

	// Monitor says how the backend is watched. Default: as the app says.
	Monitor *Monitor `json:"monitor,omitempty"`
}

// Knative says how a service of a Knative cluster is found and reached.
type Knative struct {
	// Service is `namespace/name`, or a name in the context's namespace; the
	// cluster is asked for its URL, with the developer's kubeconfig. With a URL
	// besides, that of an ingress, only its host is taken from the cluster.
	Service string `json:"service,omitempty"`

	// Kubeconfig and Context choose the cluster. Default: as kubectl.
	Kubeconfig string `json:"kubeconfig,omitempty"`
	Context    string `json:"context,omitempty"`

	// Host is the Host header by which an ingress finds the service. Default:
	// that of the URL.
	Host string `json:"host,omitempty"`

	// SNI is the name that TLS asks for and verifies. Default: Host.
	SNI string `json:"sni,omitempty"`

	// CA is a PEM file of authorities to trust besides the system's.
	CA string `json:"ca,omitempty"`

	// H2C speaks HTTP/2 without TLS. Default: false.
	H2C bool `json:"h2c,omitempty"`

	// ConnectTimeout bounds the connect and the handshake. Default: 5s.
	ConnectTimeout caddy.Duration `json:"connect_timeout,omitempty"`
}

// Monitor says how a backend is watched. What is left out is as the app says,
// or the default.
type Monitor struct {
	// Optional says that devproxy starts without the backend. Default: true.
	Optional *bool `json:"optional,omitempty"`

	// RetryBaseDelay, RetryMaxDelay and RetryJitter are the waits after failed
	// probes: the first is doubled each time, up to the second, and up to the
	// third is added at random. Default: 500ms, 30s and 250ms.
	RetryBaseDelay caddy.Duration  `json:"retry_base_delay,omitempty"`
	RetryMaxDelay  caddy.Duration  `json:"retry_max_delay,omitempty"`
	RetryJitter    *caddy.Duration `json:"retry_jitter,omitempty"`

	// ProbeInterval is the wait between probes of a backend that is up.
	// Default: 30s.
	ProbeInterval caddy.Duration `json:"probe_interval,omitempty"`

	// MaxRetries is after how many failures in a row probing stops; 0 is
	// never. Default: 0.
	MaxRetries *int `json:"max_retries,omitempty"`

	// ProbeTimeout bounds one probe. Default: 2s.
	ProbeTimeout caddy.Duration `json:"probe_timeout,omitempty"`
}

// over puts what m says over cfg.
func (m *Monitor) over(cfg monitor.Config) monitor.Config {
	if m == nil {
		return cfg
	}
	if m.Optional != nil {
		cfg.Optional = *m.Optional
	}
	if m.RetryJitter != nil {
		cfg.RetryJitter = time.Duration(*m.RetryJitter)
	}
	if m.MaxRetries != nil {
		cfg.MaxRetries = *m.MaxRetries
	}
	cfg.RetryBaseDelay = cmp.Or(time.Duration(m.RetryBaseDelay), cfg.RetryBaseDelay)
	cfg.RetryMaxDelay = cmp.Or(time.Duration(m.RetryMaxDelay), cfg.RetryMaxDelay)
	cfg.ProbeInterval = cmp.Or(time.Duration(m.ProbeInterval), cfg.ProbeInterval)
	cfg.ProbeTimeout = cmp.Or(time.Duration(m.ProbeTimeout), cfg.ProbeTimeout)
	return cfg
}

// Emulate has the embedded and docker backends behave as a Knative service
// would: scale to zero, start cold, queue.
type Emulate struct {
	// ScaleDownAfter is the pause after which the instance is gone. Default: 90s.
	ScaleDownAfter caddy.Duration `json:"scale_down_after,omitempty"`

	// ColdStart is how long an instance takes to come up. Default: 2s.
	ColdStart caddy.Duration `json:"cold_start,omitempty"`

	// KeepOne is minScale 1. Default: false.
	KeepOne bool `json:"keep_one,omitempty"`

	// Concurrency is how many requests the instance works on at once, and Queue
	// how many more may wait. Default: no limit, and ten times as many.
	Concurrency int `json:"concurrency,omitempty"`
	Queue       int `json:"queue,omitempty"`

	// Timeout is how long an answer may take to begin. Default: 300s.
	Timeout caddy.Duration `json:"timeout,omitempty"`
}

func (e *Emulate) config() knative.EmulatorConfig {
	return knative.EmulatorConfig{
		ScaleDownAfter: time.Duration(e.ScaleDownAfter), ColdStart: time.Duration(e.ColdStart), KeepOne: e.KeepOne,
		Concurrency: e.Concurrency, Queue: e.Queue, Timeout: time.Duration(e.Timeout),
	}
}

// longestBackendName bounds what stands in logs, metrics, headers and tables.
const longestBackendName = 100

func isBackendName(name string) bool {
	return name != "" && len(name) <= longestBackendName && utf8.ValidString(name) && !strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsGraphic(r) })
}

// validate repeats, for JSON users, what the Caddyfile parser checks.
func (b *Backend) validate(name string) error {
	if !isBackendName(name) {
		return fmt.Errorf("backend %.100q: the name has more than %d bytes, or characters that cannot be seen", name, longestBackendName)
	}
	if b.Compose != nil && (b.URL != "" || b.Knative != nil) {
		return fmt.Errorf("backend %s: a compose project, and a url or a Knative service, are two backends; name one of them otherwise", name)
	}
	if b.URL != "" && !isPlaceholder(b.URL) {
		if _, err := parseBaseURL(b.URL); err != nil {
			return fmt.Errorf("backend %s: %w", name, err)
		}
	}
	if b.Knative != nil && b.Knative.Service != "" && !isPlaceholder(b.Knative.Service) {
		if _, err := knative.ParseRef(b.Knative.Service); err != nil {
			return fmt.Errorf("backend %s: %w", name, err)
		}
	}
	if err := b.Monitor.over(monitor.Default()).Validate(); err != nil {
		return fmt.Errorf("backend %s: %w", name, err)
	}
	return nil
}

// config adds to shared, which all backends have, what is particular to b.
func (b *Backend) config(name string, shared backend.Config, resolve func(string) string) (backend.Config, error) {
	cfg := shared
	cfg.Name, cfg.Kind = name, backend.URL
	cfg.FirstByteTimeout = cmp.Or(time.Duration(b.Timeout), cfg.FirstByteTimeout)
	cfg.ServiceToken = cmp.Or(resolve(b.ServiceToken), cfg.ServiceToken)
	if address := resolve(b.URL); address != "" {
		base, err := parseBaseURL(address)
		if err != nil {
			return cfg, fmt.Errorf("backend %s: %w", name, err)
		}
		cfg.BaseURL = base
	}
	switch {
	case b.Compose != nil:
		cfg.Kind = backend.Docker
	case b.Knative != nil || name == knativeName:
		return b.knative(cfg, resolve)
	}
	// clients of the platform know this backend's guard
	cfg.Guarded = name == dockerName && cfg.BaseURL != nil
	return cfg, nil
}

func (b *Backend) knative(cfg backend.Config, resolve func(string) string) (backend.Config, error) {
	cfg.Kind, cfg.Emulated = backend.Knative, false
	k := b.Knative
	if k == nil {
		return cfg, nil
	}
	cfg.Host, cfg.SNI, cfg.CAFile, cfg.H2C = resolve(k.Host), resolve(k.SNI), resolve(k.CA), k.H2C
	cfg.ConnectTimeout = time.Duration(k.ConnectTimeout)
	service := resolve(k.Service)
	if service == "" {
		return cfg, nil
	}
	ref, err := knative.ParseRef(service)
	if err != nil {
		return cfg, fmt.Errorf("backend %s: %w", cfg.Name, err)
	}
	cfg.Service = backend.Service{Ref: ref, Kubeconfig: resolve(k.Kubeconfig), Context: resolve(k.Context)}
	return cfg, nil
}

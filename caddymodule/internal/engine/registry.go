package engine

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/same-origin/devproxy/caddymodule/internal/bundle"
	"github.com/same-origin/devproxy/caddymodule/internal/registry"
	dockerengine "github.com/same-origin/devproxy/compose/docker"
)

// shop is the registry and bundle store for runners in containers. Its keys
// and port are kept in the state folder: they are part of a container's
// environment, and one that was kept must be as its project says.
type shop struct {
	installs registry.Installs
	dir      string

	mu   sync.Mutex
	kept shopKeys
	open *registry.Registry
}

type shopKeys struct {
	APIKey string `json:"api_key"`
	Secret string `json:"secret"`
	Port   uint16 `json:"port"`
}

// Reach implements container.Store.
func (s *shop) Reach(ctx context.Context, gateway netip.Addr) (map[string]string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.begin(ctx); err != nil {
		return nil, fmt.Errorf("opening the registry for containers: %w", err)
	}
	if dockerengine.IsLocal(gateway) {
		loopback := s.open.Addresses()[0].String()
		if err := s.open.SetAddresses(ctx, []string{loopback, gateway.String()}); err != nil {
			return nil, fmt.Errorf("opening the registry for containers: %w", err)
		}
		return s.environment(gateway.String()), nil
	}
	// the engine's machine passes this name on to our loopback
	return s.environment("host.docker.internal"), nil
}

// Local implements container.Store.
func (s *shop) Local(ctx context.Context) (netip.AddrPort, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.begin(ctx); err != nil {
		return netip.AddrPort{}, fmt.Errorf("opening the registry for containers: %w", err)
	}
	return s.open.Addresses()[0], nil
}

// Environment implements container.Store; after Local.
func (s *shop) Environment(host string, port uint16) map[string]string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return bounded(s.open.EnvAt(host, port))
}

func (s *shop) environment(host string) map[string]string { return bounded(s.open.Env(host)) }

func bounded(env map[string]string) map[string]string {
	// each save is a bundle: without a bound they would fill the volume
	env["EXT_CACHE_MAX_BYTES"] = "1073741824"
	return env
}

// begin is called with s.mu held.
func (s *shop) begin(ctx context.Context) error {
	if s.open != nil {
		return nil
	}
	if err := s.load(); err != nil {
		return err
	}
	r := registry.New(s.installs, registry.Options{APIKey: s.kept.APIKey, StoreSecret: s.kept.Secret})
	err := r.Listen(ctx, []string{netip.AddrPortFrom(loopback, s.kept.Port).String()})
	if err != nil && s.kept.Port != 0 { // somebody else has it by now
		err = r.Listen(ctx, []string{loopback.String()})
	}
	if err != nil {
		return err
	}
	s.open, s.kept.Port = r, r.Addresses()[0].Port()
	return s.save()
}

var loopback = netip.MustParseAddr("127.0.0.1")

func (s *shop) file() string { return filepath.Join(s.dir, "registry.json") }

func (s *shop) load() error {
	content, err := os.ReadFile(s.file())
	if err == nil && json.Unmarshal(content, &s.kept) == nil && s.kept.APIKey != "" && s.kept.Secret != "" {
		return nil
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	s.kept = shopKeys{APIKey: rand.Text(), Secret: rand.Text()}
	return nil
}

func (s *shop) save() error {
	content, err := json.Marshal(s.kept)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(s.dir, 0o700); err != nil {
		return err
	}
	return os.WriteFile(s.file(), content, 0o600)
}

// close ends listening; a runner's download gets a second.
func (s *shop) close() error {
	if s == nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	return s.open.Close(ctx)
}

// ByHost implements registry.Installs: `{name}.…` or `{publisher}-{name}.…`
// names an extension, and where only one is loaded, every host does.
func (e *Engine) ByHost(host string) (registry.Install, bool) {
	label, _, _ := strings.Cut(strings.ToLower(host), ".")
	list := e.installed()
	for _, i := range list {
		if len(list) == 1 || label == strings.ToLower(i.Name) || label == strings.ToLower(i.Publisher+"-"+i.Name) {
			return registry.Install{Tenant: i.Tenant, Extension: i.ID, Hash: i.Hash}, true
		}
	}
	return registry.Install{}, false
}

// Valid implements registry.Installs: every build of the history is.
func (e *Engine) Valid(tenant, extension, hash string) bool {
	_, ok := e.Bundle(tenant, extension, hash)
	return ok
}

// Bundle implements registry.Installs.
func (e *Engine) Bundle(tenant, extension, hash string) (*bundle.Bundle, bool) {
	for _, l := range e.loaded() {
		if l.settings.Tenant != tenant {
			continue
		}
		if content, ok := l.loop.Content(extension, hash); ok {
			return content, true
		}
	}
	return nil, false
}

func (e *Engine) installed() []Installation {
	var list []Installation
	for _, f := range e.look() {
		if f.ext != nil {
			list = append(list, newInstallation(f.loaded, f.ext))
		}
	}
	return list
}

var _ registry.Installs = (*Engine)(nil)

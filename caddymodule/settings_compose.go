// settings_compose.go contains the docker backend's project in JSON and as the
// engine takes it.

package caddymodule

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"

	"github.com/same-origin/devproxy/caddymodule/internal/container"
	"github.com/same-origin/devproxy/caddymodule/internal/engine"
)

// Compose says which project the docker backend runs.
type Compose struct {
	// Files are compose files, later ones over earlier ones. Default: a
	// project of our own around this executable.
	Files []string `json:"files,omitempty"`

	// EnvFiles replace `.env`.
	EnvFiles []string `json:"env_files,omitempty"`

	// Profiles are enabled.
	Profiles []string `json:"profiles,omitempty"`

	// Project names the project. Default: by compose's rules, unique to the
	// folder.
	Project string `json:"project,omitempty"`

	// Keep leaves the containers running when Caddy ends. Default: false.
	Keep bool `json:"keep,omitempty"`
}

// composeConfig is what the docker backend runs, if there is one.
func (a *App) composeConfig(resolve func(string) string, s engine.Settings) (container.Config, error) {
	for _, b := range a.Backends {
		if b.Compose == nil {
			continue
		}
		dir, err := os.Getwd()
		if err != nil {
			return container.Config{}, fmt.Errorf("finding the project's folder: %w", err)
		}
		sum := sha256.Sum256([]byte(s.StateDir))
		cfg := container.Config{
			Dir: dir, Files: b.Compose.Files, EnvFiles: b.Compose.EnvFiles, Profiles: b.Compose.Profiles,
			Name: resolve(b.Compose.Project), Keep: b.Compose.Keep, Instance: hex.EncodeToString(sum[:6]),
			ServiceToken: resolve(a.composeToken), StateDir: filepath.Join(s.StateDir, "docker"), CacheDir: s.CacheDir,
		}
		return cfg, nil
	}
	return container.Config{}, nil
}

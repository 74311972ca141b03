package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/same-origin/devproxy/caddymodule/runnerstatus"
	"github.com/same-origin/devproxy/compose/docker"
	composefile "github.com/same-origin/devproxy/compose/project"
)

// composeConfig is what the config says of the docker backend's project.
type composeConfig struct {
	Files    []string `json:"files"`
	EnvFiles []string `json:"env_files"`
	Profiles []string `json:"profiles"`
	Project  string   `json:"project"`
}

// checkDocker finds out, before anything starts, what would keep the docker
// backend from running: then the exit code can say so. Once devproxy runs, an
// engine that goes away is waited for instead.
func checkDocker(ctx context.Context, p project, config []byte) error {
	c, err := selectedCompose(config)
	if c == nil {
		return err
	}
	var named *runnerstatus.Project // nil: one of our own
	if len(c.Files) > 0 || os.Getenv("COMPOSE_FILE") != "" {
		if named, err = c.load(ctx); err != nil {
			return err
		}
		named.Instance = p.instance()
	}
	engine, err := docker.Connect(ctx, docker.Options{})
	if err != nil {
		return dockerFault(err)
	}
	return errors.Join(engine.Close(), p.remember(named))
}

// selectedCompose is nil unless the default backend is a compose project.
func selectedCompose(config []byte) (*composeConfig, error) {
	var root struct {
		Apps struct {
			Runner struct {
				Default  string `json:"default"`
				Backends map[string]struct {
					Compose *composeConfig `json:"compose"`
				} `json:"backends"`
			} `json:"runner"`
		} `json:"apps"`
	}
	if err := json.Unmarshal(config, &root); err != nil {
		return nil, fmt.Errorf("reading the backends: %w", err)
	}
	return root.Apps.Runner.Backends[root.Apps.Runner.Default].Compose, nil
}

// load checks the files, and says which project they are.
func (c *composeConfig) load(ctx context.Context) (*runnerstatus.Project, error) {
	dir, err := os.Getwd()
	if err != nil {
		return nil, fmt.Errorf("finding the compose file: %w", err)
	}
	p, err := composefile.Load(ctx, composefile.Options{WorkingDir: dir, Files: c.Files, EnvFiles: c.EnvFiles, Profiles: c.Profiles, Name: c.Project})
	if err != nil {
		return nil, composeFault(err)
	}
	service, err := p.Runner()
	if err != nil {
		return nil, composeFault(err)
	}
	named := &runnerstatus.Project{Name: p.Compose.Name, Dir: p.Compose.WorkingDir, Files: p.Compose.ComposeFiles, Profiles: c.Profiles, Service: service.Name}
	for _, file := range c.EnvFiles {
		if !filepath.IsAbs(file) {
			file = filepath.Join(dir, file)
		}
		named.EnvFiles = append(named.EnvFiles, file)
	}
	return named, nil
}

// composeFault lists every problem, each with its place.
func composeFault(err error) error {
	var load *composefile.LoadError
	if !errors.As(err, &load) {
		return usageFault("compose_invalid", "name the compose file with --file", "%w", err)
	}
	lines := make([]string, len(load.Problems))
	for i, p := range load.Problems {
		lines[i] = p.Error()
	}
	return usageFault(load.Problems[0].Code, load.Problems[0].Fix, "%s", strings.Join(lines, "\n  "))
}

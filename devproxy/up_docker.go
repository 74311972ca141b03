package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/same-origin/devproxy/compose/docker"
	composefile "github.com/same-origin/devproxy/compose/project"
)

// checkDocker finds out, before anything starts, what would keep the docker
// backend from running: then the exit code can say so. Once devproxy runs, an
// engine that goes away is waited for instead.
func checkDocker(ctx context.Context, config []byte) error {
	var root struct {
		Apps struct {
			Runner struct {
				Default  string `json:"default"`
				Backends map[string]struct {
					Compose *struct {
						Files    []string `json:"files"`
						EnvFiles []string `json:"env_files"`
						Profiles []string `json:"profiles"`
						Project  string   `json:"project"`
					} `json:"compose"`
				} `json:"backends"`
			} `json:"runner"`
		} `json:"apps"`
	}
	if err := json.Unmarshal(config, &root); err != nil {
		return fmt.Errorf("reading the backends: %w", err)
	}
	c := root.Apps.Runner.Backends[root.Apps.Runner.Default].Compose
	if c == nil {
		return nil
	}
	if len(c.Files) > 0 || os.Getenv("COMPOSE_FILE") != "" {
		dir, err := os.Getwd()
		if err != nil {
			return fmt.Errorf("finding the compose file: %w", err)
		}
		p, err := composefile.Load(ctx, composefile.Options{WorkingDir: dir, Files: c.Files, EnvFiles: c.EnvFiles, Profiles: c.Profiles, Name: c.Project})
		if err == nil {
			_, err = p.Runner()
		}
		if err != nil {
			return composeFault(err)
		}
	}
	engine, err := docker.Connect(ctx, docker.Options{})
	if err != nil {
		return dockerFault(err)
	}
	return engine.Close()
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

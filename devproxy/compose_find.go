package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"

	"github.com/same-origin/devproxy/caddymodule/runnerstatus"
	"github.com/same-origin/devproxy/compose/docker"
	composefile "github.com/same-origin/devproxy/compose/project"
	"github.com/same-origin/devproxy/compose/stack"
)

// connect takes the engine that the running devproxy has, whatever this
// terminal's environment says.
func connect(ctx context.Context, known *runnerstatus.Project) (*docker.Engine, error) {
	engine, err := docker.Connect(ctx, docker.Options{})
	if known == nil || known.Engine == "" || (err == nil && engine.Endpoint() == known.Engine) {
		return engine, err
	}
	if err == nil {
		_ = engine.Close() // idle connections only
	}
	return docker.Connect(ctx, docker.Options{Environ: append(os.Environ(), "DOCKER_HOST="+known.Engine)})
}

// instance is how everything in an engine that devproxy makes for the project
// is labelled.
func (p project) instance() string {
	sum := sha256.Sum256([]byte(filepath.Join(p.StateDir, "runner")))
	return hex.EncodeToString(sum[:6])
}

// leftBehind is the project of the newest container that an earlier devproxy
// left; its labels say which files it came from.
func leftBehind(ctx context.Context, engine *docker.Engine, instance string) (*runnerstatus.Project, error) {
	list, err := engine.Containers(ctx, map[string]string{stack.InstanceLabel: instance})
	if err != nil || len(list) == 0 {
		return nil, err
	}
	labels := list[len(list)-1].Labels
	return &runnerstatus.Project{
		Name: labels[composefile.LabelPrefix+"project"], Dir: labels[composefile.LabelPrefix+"project.working_dir"],
		Files: strings.Split(labels[composefile.LabelPrefix+"project.config_files"], ","), Instance: instance,
	}, nil
}

// storedCompose is the project that devproxy itself wrote where there was no
// compose file; nil when it never did.
func (p project) storedCompose() *runnerstatus.Project {
	file := filepath.Join(p.dockerState(), "compose.json")
	if _, err := os.Stat(file); err != nil {
		return nil
	}
	return &runnerstatus.Project{Name: "devproxy-" + p.instance(), Files: []string{file}, Instance: p.instance()}
}

// dockerState is where the docker backend of the project keeps its state.
func (p project) dockerState() string { return filepath.Join(p.StateDir, "runner", "docker") }

package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
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
	return docker.Connect(ctx, docker.Options{Environ: append(os.Environ(), "RUNNER_DOCKER_API=", "DOCKER_HOST="+known.Engine)})
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

// storedCompose is the project of the last devproxy with a docker backend, also
// when all its containers are gone; nil when there was none.
func (p project) storedCompose() *runnerstatus.Project {
	last := new(runnerstatus.Project)
	if text, err := os.ReadFile(p.lastCompose()); err == nil && json.Unmarshal(text, last) == nil && allThere(last.Files) {
		return last
	}
	own := []string{p.ownCompose()}
	if !allThere(own) {
		return nil
	}
	return &runnerstatus.Project{Name: "devproxy-" + p.instance(), Files: own, Instance: p.instance()}
}

func allThere(files []string) bool {
	return !slices.ContainsFunc(files, func(file string) bool {
		_, err := os.Stat(file)
		return err != nil
	})
}

// ownCompose is what devproxy writes where there is no compose file.
func (p project) ownCompose() string { return filepath.Join(p.dockerState(), "compose.json") }

// remember keeps which project of files devproxy starts, for the commands that
// come after its end; nil is a project of our own, which is written down anyway.
func (p project) remember(c *runnerstatus.Project) error {
	if c == nil {
		if err := os.Remove(p.lastCompose()); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("forgetting the compose project before: %w", err)
		}
		return nil
	}
	text, err := json.Marshal(c)
	if err == nil {
		err = os.MkdirAll(p.dockerState(), 0o700)
	}
	if err == nil {
		err = os.WriteFile(p.lastCompose(), text, 0o600)
	}
	if err != nil {
		return fmt.Errorf("remembering the compose project: %w", err)
	}
	return nil
}

// lastCompose is where it is kept.
func (p project) lastCompose() string { return filepath.Join(p.dockerState(), "last-project.json") }

// dockerState is where the docker backend of the project keeps its state.
func (p project) dockerState() string { return filepath.Join(p.StateDir, "runner", "docker") }

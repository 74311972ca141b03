package container

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/same-origin/devproxy/caddymodule/internal/event"
	"github.com/same-origin/devproxy/caddymodule/runner/image"
	"github.com/same-origin/devproxy/compose/docker"
	"github.com/same-origin/devproxy/compose/project"
	"github.com/same-origin/devproxy/compose/stack"
)

// ownService is the runner's name where no compose file gives it one.
const ownService = "extension-runner"

// ownProject is the project of a folder without a compose file: the runner of
// this very executable in an image that holds nothing else, which fetches the
// extensions from the [Store]. It is written down as a compose file in the
// state folder, so that everything else treats it like any other.
func (r *Runner) ownProject(ctx context.Context, engine *docker.Engine) (*project.Project, error) {
	if remote := engine.Remote(); remote != "" && !engine.Through() {
		return nil, &docker.Error{
			Code: docker.CodeRemote, Doing: "offering", Subject: "the extensions", Err: errors.New("the engine is on " + remote + ", and what is built here is offered on this machine only"),
			Fix: "run devproxy on that machine, or name a compose file whose image holds them with --file",
		}
	}
	binary, err := r.binary(ctx)
	if err != nil {
		return nil, err
	}
	content, err := os.ReadFile(binary)
	if err != nil {
		return nil, fmt.Errorf("reading the runner's executable: %w", err)
	}
	tag := "devproxy-runner:" + r.cfg.Instance
	work := r.begin(event.ImageImport, tag)
	defer work.End()
	_, err = engine.BuildFromBinary(ctx, tag, map[string]docker.File{image.Path: {Content: content, Mode: 0o755}}, docker.Config{
		Entrypoint: image.Entrypoint(), ExposedPorts: []uint16{image.Port},
		Labels: map[string]string{stack.InstanceLabel: r.cfg.Instance}, // by which down -v finds it
	})
	if err != nil {
		return nil, fmt.Errorf("making the runner's image: %w", err)
	}
	token := r.cfg.ServiceToken
	if token == "" {
		if token, err = r.ownToken(); err != nil {
			return nil, err
		}
	}
	file := filepath.Join(r.cfg.StateDir, "compose.json")
	if err := r.writeProject(file, tag, token); err != nil {
		return nil, err
	}
	return project.Load(ctx, project.Options{WorkingDir: r.cfg.StateDir, Files: []string{file}, Name: r.projectName()})
}

// writeProject writes JSON, which is YAML too.
func (r *Runner) writeProject(file, tag, token string) error {
	text, err := json.MarshalIndent(map[string]any{
		"services": map[string]any{ownService: map[string]any{
			"image": tag, "pull_policy": "never", "expose": []int{image.Port}, "volumes": []any{"state:" + image.StateDir},
			"environment": map[string]string{tokenVariable: literal(token)},
			"extra_hosts": []string{"host.docker.internal:host-gateway"}, "stop_grace_period": "12s", // the runner's own grace, and time to close
			"healthcheck": map[string]any{"test": append([]string{"CMD"}, image.HealthCheck()...), "interval": "5s", "timeout": "2s"},
		}},
		"volumes": map[string]any{"state": map[string]any{}},
	}, "", "  ")
	if err != nil {
		return fmt.Errorf("writing the runner's compose file: %w", err)
	}
	if err := os.MkdirAll(r.cfg.StateDir, 0o700); err != nil {
		return fmt.Errorf("making the state folder: %w", err)
	}
	if err := os.WriteFile(file, text, 0o600); err != nil {
		return fmt.Errorf("writing the runner's compose file: %w", err)
	}
	return nil
}

// binary gives the executable for the image, which may have to be compiled.
func (r *Runner) binary(ctx context.Context) (string, error) {
	work := r.begin(event.RunnerCompile, "")
	defer work.End()
	return image.Binary(ctx, image.Options{Dir: r.cfg.Dir, CacheDir: r.cfg.CacheDir})
}

// literal keeps a value from being interpolated when the file is read.
func literal(s string) string { return strings.ReplaceAll(s, "$", "$$") }

// projectName is unique to the folder, as the instance is.
func (r *Runner) projectName() string {
	if r.cfg.Name != "" {
		return r.cfg.Name
	}
	return "devproxy-" + r.cfg.Instance
}

// imageFolder is the build context of our own compose file: it holds nothing
// but the executable, which is no part of a checkout.
const imageFolder = ".runner-image"

// placeBinary puts the executable where a project's runner builds its image
// from that folder.
func (r *Runner) placeBinary(ctx context.Context, p *project.Project) error {
	service, err := p.Runner()
	if err != nil || service.Build == nil || filepath.Base(service.Build.Context) != imageFolder {
		return err
	}
	binary, err := r.binary(ctx)
	if err != nil {
		return fmt.Errorf("preparing the runner's image: %w", err)
	}
	return image.Place(binary, service.Build.Context)
}

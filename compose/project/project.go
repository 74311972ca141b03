package project

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"

	"github.com/compose-spec/compose-go/v2/types"
)

// Options choose a project. All of them may be empty.
type Options struct {
	// WorkingDir is the folder the person works in: relative paths of Files and
	// EnvFiles start there, and without Files the search does. Default: the
	// process's own. The project's folder is that of the first compose file.
	WorkingDir string
	// Files are compose files (-f), a later one overriding an earlier one.
	Files []string
	// Name is the project's name (-p).
	Name string
	// Profiles enable services (--profile). Default: COMPOSE_PROFILES.
	Profiles []string
	// EnvFiles stand in for .env and .env.local (--env-file), a later one
	// overriding an earlier one. Default: COMPOSE_ENV_FILES.
	EnvFiles []string
	// Environ is NAME=value; nil is the process's own.
	Environ []string
}

// Project is a loaded project.
type Project struct {
	// Compose is the project as compose-go has it: services that no profile
	// enables are in its DisabledServices, paths are absolute, and env files have
	// become part of the services' environment.
	Compose *types.Project
	// Warnings are what was found and did not keep the project from loading.
	Warnings []Problem
	// Files are all files that were read, compose and env files, as absolute
	// paths. A change of any of them is a reason to load anew.
	Files []string

	sources *sources
}

// Load reads the project. What the files get wrong is a *LoadError with all that
// was found; every other error is one of reading.
func Load(ctx context.Context, opts Options) (*Project, error) {
	dir, err := filepath.Abs(opts.WorkingDir)
	if err != nil {
		return nil, fmt.Errorf("finding the working directory: %w", err)
	}
	opts.WorkingDir = dir
	l, err := prepare(opts)
	if err != nil {
		return nil, err
	}
	model, compose, err := l.read(ctx)
	if err != nil {
		return nil, l.explain(ctx, err)
	}
	return l.check(model, compose)
}

// check holds what compose-go accepts against what devproxy carries out.
func (l *loading) check(model map[string]any, compose *types.Project) (*Project, error) {
	found := l.findings(model, compose)
	if len(found.errors) > 0 {
		return nil, fail(ordered(found.errors)...)
	}
	if err := unfolds(compose); err != nil {
		return nil, fail(envFileProblem(l.dir, err))
	}
	resolved, err := compose.WithServicesEnvironmentResolved(true)
	if err != nil {
		return nil, fail(envFileProblem(l.dir, err))
	}
	return &Project{
		Compose:  resolved,
		Warnings: ordered(append(found.warnings, l.variables.warnings(l.sources)...)),
		Files:    l.filesRead(compose),
		sources:  l.sources,
	}, nil
}

// filesRead are the files of the project and of those services that run.
func (l *loading) filesRead(compose *types.Project) []string {
	files := slices.Concat(l.env.files, l.includedEnv)
	for file := range l.sources.docs {
		files = append(files, file)
	}
	for _, service := range compose.Services {
		for _, env := range service.EnvFiles {
			if unreadable(env.Path) == "" {
				files = append(files, env.Path)
			}
		}
		files = append(files, service.LabelFiles...)
	}
	slices.Sort(files)
	return slices.Compact(files)
}

// DisabledServiceNames are the services that no active profile enables.
func (p *Project) DisabledServiceNames() []string {
	names := p.Compose.DisabledServiceNames()
	slices.Sort(names)
	return names
}

package project

import (
	"cmp"
	"context"
	"path/filepath"
	"slices"
	"strings"

	"github.com/compose-spec/compose-go/v2/consts"
	"github.com/compose-spec/compose-go/v2/loader"
	"github.com/compose-spec/compose-go/v2/types"
)

// loading is one Load under way: what was chosen, and the files as nodes.
type loading struct {
	dir       string
	profiles  []string
	name      name
	env       environment
	details   types.ConfigDetails
	sources   *sources
	variables *variables
	// includedEnv are the env files of included files.
	includedEnv []string
}

// prepare decides which files, which variables and which name.
func prepare(opts Options) (*loading, error) {
	env := newEnvironment(opts.WorkingDir, opts)
	vars, problems := env.beside(opts.WorkingDir)
	if len(problems) > 0 {
		return nil, fail(problems...)
	}
	files, problems := chooseFiles(opts.WorkingDir, opts.Files, vars)
	if len(problems) > 0 {
		return nil, fail(problems...)
	}
	projectDir := filepath.Dir(files[0])
	vars, problems = env.beside(projectDir)
	name, bad := chooseName(projectDir, opts.Name, vars)
	if problems = append(problems, bad...); len(problems) > 0 {
		return nil, fail(problems...)
	}
	sources := newSources(opts.WorkingDir, projectDir, files, vars)
	if problems = sources.circles(); len(problems) > 0 {
		return nil, fail(problems...)
	}
	return &loading{
		dir: opts.WorkingDir, profiles: profiles(opts.Profiles, vars), name: name, env: env,
		details: types.ConfigDetails{
			WorkingDir: projectDir, ConfigFiles: types.ToConfigFiles(files), Environment: vars,
		},
		sources:   sources,
		variables: &variables{},
	}, nil
}

func profiles(asked []string, env types.Mapping) []string {
	if len(asked) > 0 {
		return asked
	}
	return strings.FieldsFunc(env[consts.ComposeProfiles], func(r rune) bool { return r == ',' || r == ' ' })
}

// read has compose-go load the project, and also returns its merged model: the
// typed project no longer tells what was written from what is a default.
func (l *loading) read(ctx context.Context) (map[string]any, *types.Project, error) {
	for i := range l.details.ConfigFiles {
		content, err := withoutVersion(l.details.ConfigFiles[i].Filename)
		if err != nil {
			return nil, nil, err
		}
		l.details.ConfigFiles[i].Content = content
	}
	if err := l.includesUnfold(); err != nil {
		return nil, nil, err
	}
	model, err := loader.LoadModelWithContext(ctx, l.details, l.options)
	if err != nil {
		return nil, nil, err
	}
	if err := labelsUnfold(model); err != nil {
		return nil, nil, fail(envFileProblem(l.dir, err))
	}
	if named, ok := model["name"].(string); ok {
		l.name.value = named
	}
	// The conversion takes the model apart, the support table needs it whole.
	compose, err := loader.ModelToProject(deepCopy(model).(map[string]any), loader.ToOptions(&l.details, []func(*loader.Options){l.options}), l.details)
	if err != nil {
		return nil, nil, err
	}
	for _, file := range l.details.ConfigFiles {
		compose.ComposeFiles = append(compose.ComposeFiles, file.Filename)
	}
	return model, compose, nil
}

// options leave the environment of services unresolved: a missing env file is
// found, with its line, before it is read; and Compose computes its own hash of
// a service from the environment resolved in a second step.
func (l *loading) options(o *loader.Options) {
	o.SetProjectName(l.name.value, l.name.explicit)
	o.Profiles = l.profiles
	o.SkipResolveEnvironment = true
	o.Interpolate.Substitute = l.variables.substitute
}

func deepCopy(value any) any {
	switch v := value.(type) {
	case map[string]any:
		copied := make(map[string]any, len(v))
		for key, below := range v {
			copied[key] = deepCopy(below)
		}
		return copied
	case []any:
		copied := make([]any, len(v))
		for i, below := range v {
			copied[i] = deepCopy(below)
		}
		return copied
	}
	return value
}

// ordered sorts by file and line and leaves out repetitions.
func ordered(problems []Problem) []Problem {
	slices.SortStableFunc(problems, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return slices.CompactFunc(problems, func(a, b Problem) bool { return a.Error() == b.Error() })
}

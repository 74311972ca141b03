package project

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/compose-spec/compose-go/v2/consts"
	"github.com/compose-spec/compose-go/v2/types"
	"github.com/compose-spec/compose-go/v2/utils"
)

// runnerEnvFile holds the runner's settings. It serves substitution too, when
// it lies beside the compose file.
const runnerEnvFile = ".env.runner"

// envFilesVariable lists env files as --env-file does, with commas between.
const envFilesVariable = "COMPOSE_ENV_FILES"

// environment is what variables are replaced from, the strongest first: the
// process, --env-file (or COMPOSE_ENV_FILES), .env.runner, .env.local, .env.
// As in Compose, --env-file stands in for .env and .env.local.
type environment struct {
	dir     string
	process types.Mapping
	asked   []string
	files   []string
}

func newEnvironment(dir string, opts Options) environment {
	environ := opts.Environ
	if environ == nil {
		environ = os.Environ()
	}
	e := environment{dir: dir, process: utils.GetAsEqualsMap(environ), asked: opts.EnvFiles}
	if list := e.process[envFilesVariable]; len(e.asked) == 0 && list != "" {
		e.asked = strings.Split(list, ",")
	}
	return e
}

// beside reads the env files for a project in projectDir. The files of the
// working directory come in as well, since that is where Compose looks for
// COMPOSE_FILE before it knows the project.
func (e *environment) beside(projectDir string) (types.Mapping, []Problem) {
	e.files = nil
	if len(e.asked) == 0 && !e.withoutDefaults() {
		e.addPresent(projectDir, ".env", ".env.local")
		e.addPresent(e.dir, ".env", ".env.local")
	}
	e.addPresent(projectDir, runnerEnvFile)
	var problems []Problem
	for _, name := range e.asked {
		file := absolute(e.dir, strings.TrimSpace(name))
		if why := unreadable(file); why != "" {
			problems = append(problems, e.missing(file, why))
			continue
		}
		e.files = append(e.files, file)
	}
	env := types.Mapping{}
	env.Merge(e.process)
	// A later file overrides an earlier one and may use its variables.
	read := newUnfolding(e.process.Resolve)
	for _, file := range e.files {
		if err := read.read(file); err != nil {
			return env, append(problems, envFileProblem(e.dir, err))
		}
	}
	return env.Merge(read.vars), problems
}

func (e *environment) withoutDefaults() bool {
	off, err := strconv.ParseBool(e.process[consts.ComposeDisableDefaultEnvFile])
	return err == nil && off
}

func (e *environment) addPresent(dir string, names ...string) {
	for _, name := range names {
		file := filepath.Join(dir, name)
		if unreadable(file) == "" && !slices.Contains(e.files, file) {
			e.files = append(e.files, file)
		}
	}
}

func (e *environment) missing(file, why string) Problem {
	p := Problem{Code: CodeEnvFileMissing, Message: "env file " + shown(e.dir, file) + " " + why, Fix: "create it, or leave out --env-file"}
	return withExample(p, e.dir, file)
}

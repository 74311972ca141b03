package project

import (
	"errors"
	"os"

	"github.com/compose-spec/compose-go/v2/dotenv"
	"github.com/compose-spec/compose-go/v2/types"
)

// mostUnfolded bounds what variables in env files may become together. A line
// that uses another twice doubles it: forty such lines would take all memory.
const mostUnfolded = 16 << 20

var errUnfolds = errors.New("its variables use each other until they are larger than 16 MiB together")

// unfolding reads env files one after the other, each of which may use what the
// ones before it and known say.
type unfolding struct {
	known dotenv.LookupFn // stronger than what the files say
	vars  map[string]string
	left  int
}

func newUnfolding(known dotenv.LookupFn) *unfolding {
	return &unfolding{known: known, vars: map[string]string{}, left: mostUnfolded}
}

func (u *unfolding) read(file string) error {
	from, err := os.Open(file)
	if err != nil {
		return err
	}
	defer from.Close()
	err = dotenv.ParseWithFormat(from, file, u.vars, u.value, dotenv.DotEnv)
	if u.left < 0 {
		return &unfoldError{file}
	}
	return err
}

// value is asked for before each replacement.
func (u *unfolding) value(name string) (string, bool) {
	value, known := u.known(name)
	if !known {
		value, known = u.vars[name]
	}
	if u.left -= len(value); u.left < 0 {
		return "", true
	}
	return value, known
}

// unfoldError is in the words of compose-go, which envFileProblem reads.
type unfoldError struct{ file string }

func (e *unfoldError) Error() string { return "failed to read " + e.file + ": " + errUnfolds.Error() }

func (e *unfoldError) Unwrap() error { return errUnfolds }

// unfolds checks the env files of services before compose-go reads them. Those
// that are absent are not its business.
func unfolds(compose *types.Project) error {
	for _, service := range compose.Services {
		env := newUnfolding(func(name string) (string, bool) {
			if value, known := compose.Environment[name]; known {
				return value, true
			}
			if value := service.Environment[name]; value != nil {
				return *value, true
			}
			return "", false
		})
		for _, file := range service.EnvFiles {
			if err := env.read(file.Path); errors.Is(err, errUnfolds) {
				return err
			}
		}
	}
	return nil
}

// labelsUnfold checks the label files of services and of the containers that
// start before them, which compose-go reads when it turns the model into a
// project.
func labelsUnfold(model map[string]any) error {
	services, _ := model["services"].(map[string]any)
	for _, service := range services {
		keys, _ := service.(map[string]any)
		hooks, _ := keys["pre_start"].([]any)
		left := mostUnfolded // for a service and its hooks together
		for _, spec := range append([]any{service}, hooks...) {
			if err := specLabelsUnfold(spec, &left); err != nil {
				return err
			}
		}
	}
	return nil
}

func specLabelsUnfold(spec any, left *int) error {
	keys, _ := spec.(map[string]any)
	files, _ := keys["label_file"].([]any)
	if one, single := keys["label_file"].(string); single {
		files = []any{one}
	}
	labels := newUnfolding(func(string) (string, bool) { return "", false })
	labels.left = *left
	for _, name := range files {
		file, _ := name.(string)
		if err := labels.read(file); errors.Is(err, errUnfolds) {
			return err
		}
	}
	*left = labels.left
	return nil
}

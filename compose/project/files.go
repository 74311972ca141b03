package project

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/compose-spec/compose-go/v2/cli"
	"github.com/compose-spec/compose-go/v2/consts"
	"github.com/compose-spec/compose-go/v2/types"
)

// chooseFiles picks the compose files as Compose does: the ones asked for, else
// COMPOSE_FILE, else the nearest of Compose's own names in dir or above it, with
// its override file.
func chooseFiles(dir string, asked []string, env types.Mapping) ([]string, []Problem) {
	origin := ""
	if list := env[consts.ComposeFilePath]; len(asked) == 0 && list != "" {
		separator := env[consts.ComposePathSeparator]
		if separator == "" {
			separator = string(os.PathListSeparator)
		}
		asked, origin = strings.Split(list, separator), " (from COMPOSE_FILE)"
	}
	if len(asked) == 0 {
		return discover(dir)
	}
	var problems []Problem
	files := make([]string, len(asked))
	for i, name := range asked {
		files[i] = absolute(dir, name)
		if why := unreadable(files[i]); why != "" {
			problems = append(problems, Problem{
				File: shown(dir, files[i]), Code: CodeFileMissing,
				Message: "the compose file" + origin + " " + why, Fix: "give the path of a compose file",
			})
		}
	}
	return files, problems
}

// unreadable says why the file cannot be a compose or env file.
func unreadable(file string) string {
	info, err := os.Stat(file)
	switch {
	case os.IsNotExist(err):
		return "does not exist"
	case err != nil:
		return "cannot be read: " + err.Error()
	case info.IsDir():
		return "is a folder"
	}
	return ""
}

func discover(dir string) ([]string, []Problem) {
	for up := dir; ; up = filepath.Dir(up) {
		if file := first(up, cli.DefaultFileNames); file != "" {
			files := []string{file}
			if override := first(up, cli.DefaultOverrideFileNames); override != "" {
				files = append(files, override)
			}
			return files, nil
		}
		if up == filepath.Dir(up) {
			break
		}
	}
	return nil, []Problem{{
		Code:    CodeFileMissing,
		Message: fmt.Sprintf("no compose file in %s or above it (looked for %s)", dir, strings.Join(cli.DefaultFileNames, ", ")),
		Fix:     "name one with -f FILE or COMPOSE_FILE",
	}}
}

func first(dir string, names []string) string {
	for _, name := range names {
		file := filepath.Join(dir, name)
		if info, err := os.Stat(file); err == nil && !info.IsDir() {
			return file
		}
	}
	return ""
}

func absolute(dir, path string) string {
	if filepath.IsAbs(path) {
		return filepath.Clean(path)
	}
	return filepath.Join(dir, path)
}

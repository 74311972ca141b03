package project

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/compose-spec/compose-go/v2/types"
)

// mostIncludes bounds the files that a project includes, each counted as often
// as its variables differ.
const mostIncludes = 4096

var errIncludes = fmt.Errorf("it includes more than %d files", mostIncludes)

// includesUnfold checks the env files of included files, which compose-go reads
// while it loads the model.
func (l *loading) includesUnfold() error {
	walk := includeWalk{sources: l.sources, left: mostUnfolded, seen: map[inclusion]bool{}, scopes: map[scopeKey]*scope{}}
	top := &scope{l.details.Environment}
	for _, file := range l.details.ConfigFiles {
		err := walk.follow(inclusion{file: file.Filename, working: l.details.WorkingDir, dir: l.details.WorkingDir, scope: top})
		switch {
		case errors.Is(err, errUnfolds):
			return fail(envFileProblem(l.dir, err))
		case err != nil:
			return fail(l.sources.ofProject(CodeInvalid, err.Error(), "include fewer"))
		}
	}
	l.includedEnv = walk.read
	return nil
}

// includeWalk goes from file to file as compose-go does, with the folders and
// the variables that it would have there.
type includeWalk struct {
	sources *sources
	left    int // of mostUnfolded, for all together
	seen    map[inclusion]bool
	scopes  map[scopeKey]*scope
	read    []string // env files that are there
}

// inclusion is a file on the walk. Its env files are relative to working, which
// compose-go may have relative to the process's own folder; its includes to dir.
type inclusion struct {
	file, working, dir string
	scope              *scope
}

// scope is what the variables of an included file are.
type scope struct{ vars types.Mapping }

type scopeKey struct {
	outer *scope
	files string
}

func (w *includeWalk) follow(from inclusion) error {
	if w.seen[from] {
		return nil
	}
	if len(w.seen) >= mostIncludes {
		return errIncludes
	}
	w.seen[from] = true
	for _, doc := range w.sources.read(from.file) {
		var head struct{ Include []any }
		if doc.Decode(&head) != nil {
			continue // compose-go says why
		}
		for _, item := range head.Include {
			if err := w.include(from, item); err != nil {
				return err
			}
		}
	}
	return nil
}

// include follows one item of include: a path, or a mapping with one or more.
func (w *includeWalk) include(from inclusion, item any) error {
	keys, isMapping := item.(map[string]any)
	if !isMapping {
		keys = map[string]any{"path": item}
	}
	paths := from.scope.texts(keys["path"])
	if len(paths) == 0 {
		return nil
	}
	next := from.folders(paths[0], strings.Join(from.scope.texts(keys["project_directory"]), ""))
	files := from.scope.texts(keys["env_file"])
	for i, file := range files {
		files[i] = under(from.working, file)
	}
	if len(files) == 0 {
		files = []string{filepath.Join(next.dir, ".env")}
	}
	var err error
	if next.scope, err = w.scope(from.scope, files); err != nil {
		return err
	}
	for _, path := range paths {
		next.file = under(from.dir, path)
		if err := w.follow(next); err != nil {
			return err
		}
	}
	return nil
}

// folders are those of an included file, by the path and the project directory
// that its include gives.
func (from inclusion) folders(path, directory string) inclusion {
	switch {
	case directory == "":
		dir := filepath.Dir(under(from.dir, path))
		return inclusion{working: relative(from.dir, dir), dir: dir}
	case filepath.IsAbs(directory):
		return inclusion{working: directory, dir: directory}
	}
	return inclusion{working: relative(from.dir, under(from.dir, directory)), dir: under(from.working, directory)}
}

func under(dir, path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(dir, path)
}

func relative(from, to string) string {
	if path, err := filepath.Rel(from, to); err == nil {
		return path
	}
	return to
}

// scope is what outer becomes by the env files; those that cannot be read are
// not its business.
func (w *includeWalk) scope(outer *scope, files []string) (*scope, error) {
	key := scopeKey{outer, strings.Join(files, "\x00")}
	if known := w.scopes[key]; known != nil {
		return known, nil
	}
	read := newUnfolding(outer.vars.Resolve)
	read.left = w.left
	for _, file := range files {
		if err := read.read(file); errors.Is(err, errUnfolds) {
			return nil, err
		}
		if abs, err := filepath.Abs(file); err == nil && unreadable(abs) == "" {
			w.read = append(w.read, abs)
		}
	}
	w.left = read.left
	w.scopes[key] = outer
	if len(read.vars) > 0 {
		w.scopes[key] = &scope{outer.vars.Clone().Merge(read.vars)}
	}
	return w.scopes[key], nil
}

// texts are those of a text or a list, their variables replaced.
func (s *scope) texts(value any) (list []string) {
	items, isList := value.([]any)
	if !isList {
		items = []any{value}
	}
	for _, item := range items {
		if text, ok := item.(string); ok {
			list = append(list, substitute(text, s.vars))
		}
	}
	return list
}

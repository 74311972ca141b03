package project

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/compose-spec/compose-go/v2/types"
	"github.com/moby/patternmatcher"
)

// watchRules finds the entries of develop.watch that could never do what they say.
func (l *loading) watchRules(compose *types.Project) (errors, warnings []Problem) {
	runner := (&Project{Compose: compose}).runner()
	for _, name := range sortedKeys(compose.Services) {
		service := compose.Services[name]
		if service.Develop == nil || len(service.Develop.Watch) == 0 {
			continue
		}
		if name != runner {
			warnings = append(warnings, l.sources.wrong(ofService(name, "develop", "watch"), CodeUnsupported, "use devproxy restart",
				`"develop.watch" is ignored: it is carried out for the runner alone`))
			continue
		}
		for i, rule := range service.Develop.Watch {
			w := watchRule{l: l, service: service, rule: rule, at: ofService(name, "develop", "watch", strconv.Itoa(i))}
			w.rebuild()
			w.sync()
			w.exec()
			w.patterns()
			errors, warnings = append(errors, w.errors...), append(warnings, w.warnings...)
		}
	}
	return errors, warnings
}

// watchRule is one entry and what is wrong with it.
type watchRule struct {
	l                *loading
	service          types.ServiceConfig
	rule             types.Trigger
	at               []string
	errors, warnings []Problem
}

func (w *watchRule) problem(key, code, fix, message string, args ...any) Problem {
	return w.l.sources.wrong(append(w.at[:len(w.at):len(w.at)], key), code, fix, message, args...)
}

func (w *watchRule) wrong(key, fix, message string, args ...any) {
	w.errors = append(w.errors, w.problem(key, CodeValue, fix, message, args...))
}

func (w *watchRule) rebuild() {
	if _, err := os.Stat(w.rule.Path); err != nil {
		w.warnings = append(w.warnings, w.problem("path", CodeFileMissing, "correct the path, if it is not made later",
			"there is no %s to watch", shown(w.l.dir, w.rule.Path)))
	}
	said, _ := w.service.Extensions[ExtensionName].(Extension)
	build := w.service.Build
	if w.rule.Action != types.WatchActionRebuild || said.Binary != "" {
		return
	}
	if build == nil {
		w.wrong("action", "add build to the service, or use action: restart", "there is nothing to rebuild")
		return
	}
	if strings.Contains(build.Context, "://") || within(build.Context, w.rule.Path) || within(w.rule.Path, build.Context) || w.isDockerfile() {
		return
	}
	w.wrong("path", "choose a wider context, or remove the entry",
		"%s is outside of the build context %s: a rebuild would not see it", shown(w.l.dir, w.rule.Path), shown(w.l.dir, build.Context))
}

func (w *watchRule) isDockerfile() bool {
	file := w.service.Build.Dockerfile
	if !filepath.IsAbs(file) {
		file = filepath.Join(w.service.Build.Context, file)
	}
	return filepath.Clean(file) == filepath.Clean(w.rule.Path)
}

// within says whether the path is the folder or below it.
func within(dir, path string) bool {
	rel, err := filepath.Rel(dir, path)
	return err == nil && filepath.IsLocal(rel)
}

func (w *watchRule) sync() {
	syncs := strings.HasPrefix(string(w.rule.Action), string(types.WatchActionSync))
	if syncs && !path.IsAbs(w.rule.Target) {
		w.wrong("target", "write the path in the container, from / on", "target %q is not absolute", w.rule.Target)
	}
	if w.rule.InitialSync && !syncs {
		w.warnings = append(w.warnings, w.problem("initial_sync", CodeValue, "remove it", "initial_sync has no effect on action: %s", w.rule.Action))
	}
}

func (w *watchRule) exec() {
	has := len(w.rule.Exec.Command) > 0
	switch {
	case w.rule.Action == types.WatchActionSyncExec && !has:
		w.wrong("action", "add exec: {command: …}, or use action: sync", "action sync+exec has no command")
	case w.rule.Action != types.WatchActionSyncExec && has:
		w.warnings = append(w.warnings, w.problem("exec", CodeValue, "use action: sync+exec", "exec has no effect on action: %s", w.rule.Action))
	}
}

func (w *watchRule) patterns() {
	for key, list := range map[string][]string{"ignore": w.rule.Ignore, "include": w.rule.Include} {
		if _, err := patternmatcher.New(list); err != nil {
			w.wrong(key, "write patterns as in a .dockerignore", "%s: %s", key, fmt.Sprint(err))
		}
	}
}

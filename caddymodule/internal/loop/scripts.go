package loop

import (
	"io/fs"
	"reflect"
	"slices"

	"github.com/same-origin/devproxy/caddymodule/internal/build"
	"github.com/same-origin/devproxy/caddymodule/internal/bundle"
	"github.com/same-origin/devproxy/caddymodule/internal/event"
)

// unreadable says whether a browser cannot read the scripts of a UI that is
// served as it is, and tells so: no build of it would.
func (l *Loop) unreadable(content *bundle.Bundle) bool {
	if l.plan.UI.Kind != build.Plain {
		return false
	}
	told, stands := l.failures[event.UI]
	if !stands && !slices.ContainsFunc(content.Changed(l.published.Bundle), build.IsScript) {
		return false
	}
	problems := build.Parse(l.dir)
	switch {
	case len(problems) == 0:
		delete(l.failures, event.UI)
	case !stands || !reflect.DeepEqual(told.Problems, problems):
		l.fail(event.UI, build.Result{Problems: problems})
	}
	return len(problems) > 0
}

// putBack has the published scripts go on in place of those that changed.
func (l *Loop) putBack(files overlay, changed []string) {
	for _, name := range changed {
		if !build.IsScript(name) {
			continue
		}
		content, err := fs.ReadFile(l.published.Bundle.Files(), name)
		if err == nil {
			files.made[name] = made{content: content, at: l.publishedAt}
		}
	}
}

package loop

import (
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/same-origin/devproxy/caddymodule/internal/build"
	"github.com/same-origin/devproxy/caddymodule/internal/event"
	"github.com/same-origin/devproxy/caddymodule/internal/extension"
)

// CodeManifest says that manifest.json is missing or wrong.
const CodeManifest = "manifest_invalid"

// unusable tells of a folder whose manifest cannot be used. The last good
// content goes on; pages show what is wrong until the next that is published.
func (l *Loop) unusable() {
	if l.err == nil {
		l.show()
		return
	}
	l.awaited = true
	problems := ManifestProblems(l.dir, l.err)
	l.noteFailure(event.Manifest, problems)
	l.show() // first: who hears of it may ask at once
	l.hooks.Bus.Publish(event.BuildFailed{Extension: l.name(), Number: int(l.number.Load()), Target: event.Manifest, Problems: problems, At: time.Now()})
}

// ManifestProblems gives what err says of the manifest in dir, with places.
func ManifestProblems(dir string, err error) (problems []event.Problem) {
	var wrong *extension.ManifestError
	if !errors.As(err, &wrong) {
		return []event.Problem{{Code: CodeManifest, Message: err.Error()}}
	}
	for _, p := range wrong.Problems {
		problem := event.Problem{Code: CodeManifest, File: within(dir, wrong.File), Line: p.Line, Column: p.Column, Message: p.Message}
		if p.Field != "" {
			problem.Message = fmt.Sprintf("field %q %s", p.Field, p.Message)
		}
		problem.Frame = build.FrameOf(dir, problem)
		problems = append(problems, problem)
	}
	return problems
}

// within names file as problems do: relative to dir, which itself stays as it is.
func within(dir, file string) string {
	if name, err := filepath.Rel(dir, file); err == nil && filepath.IsLocal(name) && name != "." {
		return filepath.ToSlash(name)
	}
	return file
}

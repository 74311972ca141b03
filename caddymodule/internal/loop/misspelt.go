package loop

import (
	"fmt"
	"io/fs"

	"github.com/same-origin/devproxy/caddymodule/internal/build"
	"github.com/same-origin/devproxy/caddymodule/internal/event"
	"github.com/same-origin/devproxy/caddymodule/internal/extension"
)

// codeMisspelt warns of a field of manifest.json that runners pass over.
const codeMisspelt = "manifest_field_unknown"

// misspelt warns of the fields of a content's manifest that look like others.
func (l *Loop) misspelt(files fs.FS) (problems []event.Problem) {
	manifest, err := fs.ReadFile(files, "manifest.json")
	if err != nil {
		return nil
	}
	for _, p := range extension.Misspelt(manifest) {
		problem := event.Problem{
			Code: codeMisspelt, File: "manifest.json", Line: p.Line, Column: p.Column,
			Message: fmt.Sprintf("field %q %s", p.Field, p.Message),
		}
		problem.Frame = build.FrameOf(l.dir, problem)
		problems = append(problems, problem)
	}
	return problems
}

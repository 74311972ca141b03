package build

import (
	"path/filepath"
	"strings"
	"unicode/utf8"

	"github.com/evanw/esbuild/pkg/api"

	"github.com/same-origin/devproxy/caddymodule/internal/event"
	"github.com/same-origin/devproxy/compose/expression"
)

var unresolved = expression.WhenNeeded(`^Could not resolve "([^"./][^"]*)"`)

// problemsOf gives the first of esbuild's messages as problems with a place and
// a frame.
func problemsOf(dir string, messages []api.Message) (problems []event.Problem) {
	for _, m := range messages[:min(len(messages), mostProblems)] {
		problems = append(problems, problemOf(dir, m))
	}
	return problems
}

func problemOf(dir string, m api.Message) event.Problem {
	p := event.Problem{Message: m.Text, Code: CodeFailed, Fix: fixOf(dir, m)}
	if m.ID != "" {
		p.Code = m.ID
	}
	if l := m.Location; l != nil {
		p.File, p.Line, p.Column = filepath.ToSlash(l.File), l.Line, characters(l.LineText, l.Column)
		if p.Frame = frameOf(dir, p); p.Frame == "" {
			p.Frame = l.LineText
		}
	}
	return p
}

// characters turns esbuild's column, in bytes from 0, into characters from 1.
func characters(line string, column int) int {
	return utf8.RuneCountInString(line[:min(column, len(line))]) + 1
}

// fixOf says what to do: install a package that is not there, or what esbuild
// proposes.
func fixOf(dir string, m api.Message) string {
	if name := unresolved().FindStringSubmatch(m.Text); name != nil && !strings.HasPrefix(name[1], "node:") {
		pkg := packageFile{dir: dir}
		return "check the name, or install it: " + pkg.managerOr("npm") + " install " + packageName(name[1])
	}
	if m.Location != nil && m.Location.Suggestion != "" {
		return "write " + m.Location.Suggestion
	}
	var notes []string
	for _, note := range m.Notes {
		notes = append(notes, note.Text)
	}
	return strings.Join(notes, " ")
}

// packageName gives the package of an import such as "@a/b/c".
func packageName(name string) string {
	parts := strings.SplitN(name, "/", 3)
	if strings.HasPrefix(name, "@") && len(parts) > 1 {
		return parts[0] + "/" + parts[1]
	}
	return parts[0]
}

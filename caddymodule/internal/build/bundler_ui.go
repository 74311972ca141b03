package build

import (
	"context"
	"slices"

	"github.com/same-origin/devproxy/caddymodule/internal/event"
)

func (b *Bundler) buildUI(ctx context.Context) Result {
	pages, sources, err := readUI(b.plan.Dir)
	if err != nil {
		return failed(event.Problem{Code: CodeFailed, File: uiFolder, Message: "reading the pages: " + err.Error()})
	}
	if entries := entriesOf(b.plan.Dir, pages); !slices.Equal(entries, b.entries) {
		b.reset()
		for _, classic := range []bool{false, true} {
			if problems := b.open(uiOptions(b.plan.Dir, entries, classic)); problems != nil {
				b.reset()
				return Result{Problems: problems}
			}
		}
		b.entries = entries
	}
	made := b.rebuild(ctx)
	missing := missingFiles(b.plan.Dir, pages)
	made.problems = append(made.problems, missing...)
	result := made.result()
	if result.OK() {
		b.addPages(&result, pages)
		result.Hidden = sources
	}
	return result
}

// addPages adds the pages that name what was made.
func (b *Bundler) addPages(result *Result, pages []page) {
	outputs, styles := map[string]string{}, map[string]string{}
	for _, e := range b.entries {
		outputs[e.file] = e.output + ".js"
		if e.style {
			outputs[e.file] = e.output + ".css"
		} else if _, found := result.Files[e.output+".css"]; found {
			styles[e.file] = e.output + ".css"
		}
	}
	for _, p := range pages {
		result.Inputs = append(result.Inputs, p.name)
		if text := p.rewrite(outputs, styles); string(text) != string(p.text) {
			result.Files[p.name] = text
		}
	}
	slices.Sort(result.Inputs)
}

// missingFiles names the sources that pages load and that are not there;
// nobody else would miss a .ts file.
func missingFiles(dir string, pages []page) (problems []event.Problem) {
	for _, p := range pages {
		for _, r := range p.refs {
			if !isSource(r.file) || isFile(dir, r.file) {
				continue
			}
			problem := event.Problem{Code: CodeMissing, File: p.name, Line: r.line,
				Message: r.value + " is not there",
				Fix:     "create " + r.file + ", or correct the page's " + r.attribute}
			problem.Frame = frame(string(p.text), r.line, 0)
			problems = append(problems, problem)
		}
	}
	return problems
}

package build

import (
	"path/filepath"
	"slices"
	"strings"
)

// choose settles both steps: overrides first, scripts next, esbuild last.
func (p *Plan) choose(o Overrides, pkg packageFile) {
	switch {
	case o.UI != "":
		p.UI = Step{Kind: Run, Command: Shell(p.Dir, o.UI), Why: "build_ui"}
	case o.Build == "" && !o.Container.names() && pkg.has("build:ui"):
		p.UI = pkg.step("build:ui")
	}
	switch {
	case o.Handler != "":
		p.Handler = Step{Kind: Run, Command: Shell(p.Dir, o.Handler), Why: "build_handler"}
	case o.Build == "" && !o.Container.names() && pkg.has("build:handler"):
		p.Handler = pkg.step("build:handler")
	}
	switch {
	case o.Container.names():
		p.share(Step{Kind: Run, Command: o.Container.command(p.Dir), Why: "build_container"}, true, true)
	case o.Build != "":
		p.share(Step{Kind: Run, Command: Shell(p.Dir, o.Build), Why: "build"}, true, true)
	case pkg.has("build"):
		ui, handler := pkg.covers("build", p.HandlerEntry != "")
		p.share(pkg.step("build"), ui, handler)
	}
	p.fill(o.HandlerEntry != "")
}

// share gives the step of one command to the targets it makes and that have
// none of their own.
func (p *Plan) share(step Step, ui, handler bool) {
	if handler && p.Handler.Kind == Plain {
		p.Handler = step
		step = Step{Kind: Joint, Why: step.Why}
	}
	if ui && p.UI.Kind == Plain {
		p.UI = step
	}
}

// fill has esbuild make what no command does. A source that a page loads is no
// handler, unless it was named as one.
func (p *Plan) fill(named bool) {
	// A UI that cannot be read is told by whoever serves it.
	pages, _, _ := readUI(p.Dir)
	entries := entriesOf(p.Dir, pages)
	isHandler := func(e entry) bool { return e.file == p.HandlerEntry }
	if !named && slices.ContainsFunc(entries, isHandler) {
		p.HandlerEntry = ""
	}
	if p.Handler.Kind == Plain && p.HandlerEntry != "" {
		p.Handler = Step{Kind: Bundled, Why: p.HandlerEntry}
	}
	if p.UI.Kind == Plain && (len(entries) > 0 || len(missingFiles(p.Dir, pages)) > 0) {
		p.UI = Step{Kind: Bundled}
	}
}

func outputs(o Overrides) []string {
	list := []string{"dist/"}
	all := o.Outputs
	if o.Container != nil {
		all = slices.Concat(all, o.Container.Outputs)
	}
	for _, output := range all {
		output = strings.TrimPrefix(filepath.ToSlash(output), "./")
		if output = strings.TrimPrefix(output, "/"); output != "" && output != "dist" && output != "dist/" {
			list = append(list, output)
		}
	}
	return list
}

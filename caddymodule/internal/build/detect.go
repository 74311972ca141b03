package build

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/same-origin/devproxy/caddymodule/internal/event"
)

// Overrides are the developer's own words on how an extension is built; what
// is empty is found out.
type Overrides struct {
	Off          bool     // nothing is built, the files on disk are served
	Build        string   // one shell command for both targets
	UI           string   // shell command for the UI
	Handler      string   // shell command for the handler
	HandlerEntry string   // source of the handler, relative to the folder
	Outputs      []string // what the commands write, relative to the folder; "dist/" always counts
}

// handlerEntries are the sources that a handler is looked for in, in order.
// An index.tsx is left out: that is how user interfaces are called.
var handlerEntries = []string{
	"src/handler.ts", "src/handler.tsx", "src/handler.mts", "src/handler.js", "src/handler.mjs", "src/handler.jsx",
	"src/index.ts", "src/index.mts", "src/index.js", "src/index.mjs",
	"handler.ts", "handler.mts", "handler.js", "handler.mjs",
}

// Detect says how the extension in dir is built: by the commands in o, or else
// by the scripts build:ui, build:handler and build of its package.json, or
// else in process. It reads a few files and runs nothing. A folder without
// sources has a plan too; an error is an [Error] where settings cannot be used.
func Detect(dir string, o Overrides) (Plan, error) {
	dir, err := ownPath(dir)
	if err != nil {
		return Plan{}, err
	}
	plan := Plan{Dir: dir}
	if o.Off {
		plan.UI.Why, plan.Handler.Why = "build off", "build off"
		return plan, nil
	}
	if plan.HandlerEntry, err = handlerEntry(dir, o); err != nil {
		return Plan{}, err
	}
	pkg, err := readPackage(dir)
	if err != nil {
		return Plan{}, err
	}
	plan.choose(o, pkg)
	if plan.UI.Kind == Run || plan.Handler.Kind == Run {
		plan.Outputs = outputs(o)
	}
	return plan, nil
}

// ownPath gives the folder's own path, without symbolic links: esbuild names the
// files it reads by theirs.
func ownPath(dir string) (string, error) {
	absolute, err := filepath.Abs(dir)
	if err != nil {
		return "", fmt.Errorf("locating the extension %s: %w", dir, err)
	}
	real, err := filepath.EvalSymlinks(absolute)
	if errors.Is(err, fs.ErrNotExist) {
		return absolute, nil // it may come
	}
	if err != nil {
		return "", fmt.Errorf("locating the extension %s: %w; check the folder's permissions", dir, err)
	}
	return real, nil
}

func handlerEntry(dir string, o Overrides) (string, error) {
	if o.HandlerEntry != "" {
		entry := path.Clean(filepath.ToSlash(o.HandlerEntry))
		if !filepath.IsLocal(filepath.FromSlash(entry)) || !isFile(dir, entry) {
			return "", &Error{event.Problem{Code: CodeNoEntry, File: entry, Message: "there is no source of a handler",
				Fix: "create it, or correct `handler` in the extension block of the Caddyfile"}}
		}
		return entry, nil
	}
	for _, entry := range handlerEntries {
		if isFile(dir, entry) {
			return entry, nil
		}
	}
	return "", nil
}

// choose settles both steps: overrides first, scripts next, esbuild last.
func (p *Plan) choose(o Overrides, pkg packageFile) {
	switch {
	case o.UI != "":
		p.UI = Step{Kind: Run, Command: Shell(p.Dir, o.UI), Why: "build_ui"}
	case o.Build == "" && pkg.has("build:ui"):
		p.UI = pkg.step("build:ui")
	}
	switch {
	case o.Handler != "":
		p.Handler = Step{Kind: Run, Command: Shell(p.Dir, o.Handler), Why: "build_handler"}
	case o.Build == "" && pkg.has("build:handler"):
		p.Handler = pkg.step("build:handler")
	}
	switch {
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
	for _, output := range o.Outputs {
		output = strings.TrimPrefix(filepath.ToSlash(output), "./")
		if output = strings.TrimPrefix(output, "/"); output != "" && output != "dist" && output != "dist/" {
			list = append(list, output)
		}
	}
	return list
}

func isFile(dir, name string) bool {
	info, err := os.Stat(filepath.Join(dir, filepath.FromSlash(name)))
	return err == nil && info.Mode().IsRegular()
}

// Redetect says that after a change of path Detect may give another plan:
// settings, a page's entries, or a handler's source that came or went.
func (p Plan) Redetect(name string) bool {
	switch path.Ext(name) {
	case ".html":
		return strings.HasPrefix(name, uiFolder+"/") && p.UI.Kind != Run
	case ".js", ".css":
		return p.UI.Kind == Plain && strings.HasPrefix(name, uiFolder+"/")
	}
	if isSettings(name) {
		return true
	}
	return slices.Contains(handlerEntries, name) && isFile(p.Dir, name) != (name == p.HandlerEntry)
}

// WithInputs gives the plan with what the last build of target read, so that
// [Plan.Affects] knows precisely; nil means that it is not known.
func (p Plan) WithInputs(target event.Target, inputs []string) Plan {
	all := map[event.Target]map[string]bool{}
	for t, set := range p.inputs {
		all[t] = set
	}
	delete(all, target)
	if inputs != nil {
		all[target] = make(map[string]bool, len(inputs))
		for _, input := range inputs {
			all[target][input] = true
		}
	}
	p.inputs = all
	return p
}

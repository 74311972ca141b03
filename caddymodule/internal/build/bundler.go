package build

import (
	"context"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/evanw/esbuild/pkg/api"

	"github.com/same-origin/devproxy/caddymodule/internal/event"
)

// Bundler makes one target of one extension with esbuild, in process and in
// memory. It keeps what it parsed, so that a rebuild costs what changed. It is
// safe for concurrent use; one build runs at a time.
type Bundler struct {
	plan   Plan
	target event.Target

	mu      sync.Mutex
	entries []entry // of the UI, that the contexts were made for
	bundles []api.BuildContext
}

// NewBundler gives a Bundler of a target of plan; the caller ends it with
// Close. A Handler needs the plan's HandlerEntry.
func NewBundler(plan Plan, target event.Target) *Bundler {
	return &Bundler{plan: plan, target: target}
}

// Build makes the target from what is on disk now. When ctx ends first, the
// result is superseded.
func (b *Bundler) Build(ctx context.Context) Result {
	b.mu.Lock()
	defer b.mu.Unlock()
	began := time.Now()
	result := b.build(ctx)
	if ctx.Err() != nil {
		result = Result{Superseded: true}
	}
	result.Took = time.Since(began)
	return result
}

// Close frees what was kept; the Bundler may be used again.
func (b *Bundler) Close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.reset()
}

func (b *Bundler) reset() {
	for _, bundle := range b.bundles {
		bundle.Dispose()
	}
	b.bundles, b.entries = nil, nil
}

func (b *Bundler) build(ctx context.Context) Result {
	if b.target == event.Handler {
		return b.buildHandler(ctx)
	}
	return b.buildUI(ctx)
}

func (b *Bundler) buildHandler(ctx context.Context) Result {
	if !isFile(b.plan.Dir, b.plan.HandlerEntry) {
		return failed(event.Problem{Code: CodeNoEntry, File: b.plan.HandlerEntry,
			Message: "there is no source of a handler",
			Fix:     "write src/handler.ts, or name the file with `handler` in the extension block of the Caddyfile"})
	}
	if len(b.bundles) == 0 {
		if problems := b.open(handlerOptions(b.plan.Dir, b.plan.HandlerEntry)); problems != nil {
			return Result{Problems: problems}
		}
	}
	made := b.rebuild(ctx)
	result := made.result()
	if result.OK() {
		mapped := handlerOutput + ".map"
		result.SourceMap = result.Files[mapped]
		delete(result.Files, mapped)
	}
	return result
}

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

// open prepares one bundle; without entries there is none.
func (b *Bundler) open(o api.BuildOptions) []event.Problem {
	if len(o.EntryPoints)+len(o.EntryPointsAdvanced) == 0 {
		return nil
	}
	bundle, err := api.Context(o)
	if err != nil {
		return problemsOf(b.plan.Dir, err.Errors)
	}
	b.bundles = append(b.bundles, bundle)
	return nil
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

func failed(problem event.Problem) Result {
	return Result{Problems: []event.Problem{problem}}
}

// bundlePath gives the bundle path of a file that esbuild made.
func (b *Bundler) bundlePath(file string) string {
	name, err := filepath.Rel(b.plan.Dir, file)
	if err != nil {
		return filepath.ToSlash(file)
	}
	return filepath.ToSlash(name)
}

package build

import (
	"os"
	"path/filepath"
	"strings"

	"github.com/evanw/esbuild/pkg/api"

	"github.com/same-origin/devproxy/caddymodule/internal/event"
)

// IsScript says that a browser can load a file of a bundle as a script.
func IsScript(name string) bool {
	ext := filepath.Ext(name)
	return strings.HasPrefix(name, uiFolder+"/") && (ext == ".js" || ext == ".mjs")
}

// Parse looks at the scripts that the pages of a Plain UI load, and at what these
// import of each other: a browser would tell nobody but its own console what it
// cannot read of them. Nothing is made.
func Parse(dir string) []event.Problem {
	pages, _, err := readUI(dir)
	if err != nil {
		return nil // whoever makes the bundle says so
	}
	var modules []string
	var problems []event.Problem
	seen := map[string]bool{}
	for _, p := range pages {
		for _, r := range p.refs {
			if r.style || !IsScript(r.file) || seen[r.file] || !isFile(dir, r.file) {
				continue
			}
			seen[r.file] = true
			if r.module {
				modules = append(modules, filepath.Join(dir, filepath.FromSlash(r.file)))
				continue
			}
			problems = append(problems, parseClassic(dir, r.file)...)
		}
	}
	return append(problems, parseModules(dir, modules)...)
}

// parseClassic reads a script that is no module, in which more is allowed.
func parseClassic(dir, name string) []event.Problem {
	text, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(name)))
	if err != nil {
		return nil // it was taken away meanwhile
	}
	return problemsOf(dir, api.Transform(string(text), api.TransformOptions{Sourcefile: name, LogLevel: api.LogLevelSilent}).Errors)
}

func parseModules(dir string, files []string) []event.Problem {
	if len(files) == 0 {
		return nil
	}
	result := api.Build(api.BuildOptions{
		EntryPoints: files, AbsWorkingDir: dir, Outdir: dir, Bundle: true, Write: false, LogLevel: api.LogLevelSilent,
		Format: api.FormatESModule, Target: api.ESNext, TreeShaking: api.TreeShakingFalse,
		Plugins: []api.Plugin{{Name: "as they are", Setup: onlyScripts}},
	})
	return problemsOf(dir, result.Errors)
}

// onlyScripts leaves out what is no script beside the one that imports it.
func onlyScripts(build api.PluginBuild) {
	build.OnResolve(api.OnResolveOptions{Filter: ".*"}, func(args api.OnResolveArgs) (api.OnResolveResult, error) {
		if args.Kind == api.ResolveEntryPoint {
			return api.OnResolveResult{}, nil
		}
		file := filepath.Join(args.ResolveDir, filepath.FromSlash(args.Path))
		ext := filepath.Ext(file)
		if strings.HasPrefix(args.Path, ".") && (ext == ".js" || ext == ".mjs") && isFile("", file) {
			return api.OnResolveResult{Path: file}, nil
		}
		return api.OnResolveResult{Path: args.Path, External: true}, nil
	})
}
